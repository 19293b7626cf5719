"""How much the structure blocks know: the NOMAD 2018 competition's two targets, cross-validated.

    python benchmarks/nomad2018.py [--json]

The score is the competition's, root mean squared logarithmic error, here over five folds of its 2400 training crystals;
its winners had 0.0509 on 600 others (Sutton et al. 2019, doi:10.1038/s41524-019-0239-3). Reads nomad2018/ from
../shared/data or $MATSLUICE_DATA.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.tasks.features.table import featurize
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.handed_over import source_of
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.material import concatenate_crystals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

ROOT: Final = Path(__file__).parents[1]
DATA: Final = Path(os.environ.get("MATSLUICE_DATA", ROOT.parent / "shared" / "data"))
TARGETS: Final = ("formation_energy_ev_natom", "bandgap_energy_ev")
BLOCKS: Final = (
    "composition.fractions",
    "structure.geometry",
    "structure.bonding",
    "structure.symmetry",
    "structure.radial(cutoff=8, elements=Al-Ga-In-O)",
    "structure.electrostatic",
)
BAR: Final = 0.055  # about the winners' level


def read(path: Path) -> tuple[CrystalBatch, dict[str, NDArray[np.float64]]]:
    """Return the crystals and the targets."""
    source, options = source_of(path)
    labels: dict[str, list[NDArray[np.float64]]] = {target: [] for target in TARGETS}
    crystals = []
    for batch in read_source(source, options, TARGETS):
        rows = examine(batch, TARGETS)
        assert batch.crystals is not None
        assert not rows.refusals
        crystals.append(batch.crystals.batch)
        for target in TARGETS:
            labels[target].append(rows.labels[target])
    return concatenate_crystals(crystals), {target: np.concatenate(parts) for target, parts in labels.items()}


def error(X: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the root mean squared logarithmic error over five folds."""
    from sklearn.model_selection import KFold
    from xgboost import XGBRegressor

    logarithm = np.log1p(y)
    predicted = np.empty_like(logarithm)
    for train, test in KFold(5, shuffle=True, random_state=0).split(X):
        model = XGBRegressor(
            n_estimators=600,
            learning_rate=0.03,
            max_depth=6,
            subsample=0.7,
            colsample_bytree=0.3,
            n_jobs=2,
            random_state=0,
        )
        predicted[test] = model.fit(X[train], logarithm[train]).predict(X[test])
    return float(np.sqrt(np.mean((predicted - logarithm) ** 2)))


def main() -> int:
    """Measure, print, and return 1 where the bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    as_json = parser.parse_args().json
    crystals, targets = read(DATA / "nomad2018" / "train.extxyz.gz")
    X = featurize(crystals, list(BLOCKS)).to_numpy()
    errors = {target: error(X, y) for target, y in targets.items()}
    mean = float(np.mean(list(errors.values())))
    results: list[dict[str, Any]] = [
        {"name": target, "value": value, "unit": "RMSLE", "bar": None, "met": True}
        for target, value in errors.items()
    ]
    results.append({"name": "mean of both", "value": mean, "unit": "RMSLE", "bar": BAR, "met": mean <= BAR})
    if as_json:
        print(json.dumps(results))
    else:
        for one in results:
            bar = "" if one["bar"] is None else f"bar {one['bar']:g}: {'met' if one['met'] else 'MISSED'}"
            print(f"{one['name']:<30} {one['value']:>8.4f} {one['unit']}  {bar}".rstrip())
    return 0 if all(one["met"] for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
