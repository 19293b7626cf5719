"""NOMAD 2018 (Sutton et al. 2019, doi:10.1038/s41524-019-0239-3): two properties of 2400 transparent conductors.

Models see the crystals in two ways: by what is measured on them, and by the vectors that a potential has for their
atoms (CHGNet, which has learned from relaxations in the Materials Project, and from none of these labels).
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

MEASURED: Final = (
    "composition.fractions",
    "structure.geometry",
    "structure.bonding",
    "structure.radial(cutoff=6, step=0.25, elements=Al-Ga-In-O)",
    "structure.electrostatic",
)
LEARNED: Final = ("structure.embedding(elements=Al-Ga-In-O)",)
AT_ONCE: Final = 50  # crystals, some half a minute's work
# The gamma of a kernel is per column: 0.25 or 0.5 in all, over some 270 and 1300 columns that vary.
MEMBERS: Final[tuple[tuple[str, str, tuple[str, ...], dict[str, Any]], ...]] = (
    ("kernel", "svm", MEASURED, {"C": 30.0, "gamma": 0.001, "epsilon": 0.01}),
    ("coarse-kernel", "svm", MEASURED, {"C": 10.0, "gamma": 0.002, "epsilon": 0.05}),
    ("learned-kernel", "svm", LEARNED, {"C": 30.0, "gamma": 0.0002, "epsilon": 0.01}),
    ("coarse-learned-kernel", "svm", LEARNED, {"C": 10.0, "gamma": 0.0004, "epsilon": 0.05}),
    ("kernel-of-both", "svm", MEASURED + LEARNED, {"C": 30.0, "gamma": 0.00016, "epsilon": 0.01}),
    (
        "boosted",
        "xgboost",
        MEASURED + LEARNED,
        {
            "n_estimators": 400,
            "learning_rate": 0.05,
            "max_depth": 6,
            "subsample": 0.7,
            "colsample_bytree": 0.1,
        },
    ),
)
INNER_FOLDS: Final = 3


def mean_absolute_errors(path: Path) -> dict[str, float]:
    """Return target → mean absolute error over five folds, in eV; weights are learned inside each fold."""
    from nomad2018 import read
    from sklearn.model_selection import KFold

    crystals, targets = read(path)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        starts = range(0, len(crystals), AT_ONCE)
        parts = [crystals.slice(start, min(start + AT_ONCE, len(crystals))) for start in starts]
        X = np.concatenate(list(pool.map(features, parts)))
        folds = list(KFold(5, shuffle=True, random_state=0).split(X))
        calls = [(X, y, train, test) for y in targets.values() for train, test in folds]
        errors = list(pool.map(fold_errors, *zip(*calls, strict=True)))
    return {
        name: float(np.concatenate(errors[5 * place : 5 * place + 5]).mean())
        for place, name in enumerate(targets)
    }


def features(crystals: CrystalBatch) -> NDArray[np.float64]:
    """Return the values of all blocks, (n, columns)."""
    from matsluice.infra.numeric_threads import use_one_thread
    from matsluice.tasks.features.table import featurize

    use_one_thread()
    return featurize(crystals, [*MEASURED, *LEARNED]).to_numpy()


def fold_errors(
    X: NDArray[np.float64], y: NDArray[np.float64], train: NDArray[np.int64], test: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the absolute errors of one fold's rows; learned is log(1 + y), as the competition scored."""
    from matsluice.infra.numeric_threads import use_one_thread
    from matsluice.models.catalogue import make_model
    from matsluice.tasks.features.block_columns import block_columns

    use_one_thread()
    places = block_columns([*MEASURED, *LEARNED])
    members = tuple(
        {"name": name, "kind": kind, "params": {**params, "columns": [places[block] for block in blocks]}}
        for name, kind, blocks, params in MEMBERS
    )
    parameters = {"members": members, "inner_folds": INNER_FOLDS, "objective": "mae"}
    model = make_model("stacking", parameters, 0).fit(X[train], np.log1p(y[train]))
    return np.asarray(np.abs(np.expm1(model.predict(X[test])) - y[test]))
