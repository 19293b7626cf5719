"""How right the predictions are: matbench's composition tasks on the official folds, and NOMAD 2018 in five folds.

    python benchmarks/accuracy.py [--json] [--out DIR] [--only matbench|nomad]

Everything a recipe learns or chooses it does in the training rows of a fold. Folds that an earlier run has left in
--out are taken from there. Reads matbench/ and nomad2018/ from ../shared/data or $MATSLUICE_DATA.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
DATA: Final = Path(os.environ.get("MATSLUICE_DATA", ROOT.parent / "shared" / "data"))
# Task → key of a score, unit, what has to be reached.
BARS: Final = {
    "matbench_expt_gap": [("mae", "eV", 0.295)],
    "matbench_steels": [("mae", "MPa", 76.0)],
    "matbench_expt_is_metal": [("roc_auc_label", "ROC-AUC", 0.930), ("roc_auc", "ROC-AUC", 0.981)],
    "matbench_glass": [("roc_auc", "ROC-AUC", 0.964)],
}
NOMAD_BARS: Final = {"formation_energy_ev_natom": 11.5, "bandgap_energy_ev": 95.0}


def matbench(out: Path) -> list[dict[str, Any]]:
    """Return a line for each bar of the official tasks."""
    from matsluice.flows.benchmark import chosen_entries, cores, recipe_folder, run_benchmark

    entries = chosen_entries(DATA / "matbench", [], recipe_folder())
    scores = run_benchmark(entries, out, cores())
    lines = []
    for task, bars in BARS.items():
        for key, unit, bar in bars:
            value = scores[task][key]
            met = value <= bar if key == "mae" else value >= bar
            lines.append({"name": f"{task} {key}", "value": value, "unit": unit, "bar": bar, "met": met})
    seconds = sum(said["seconds"] for said in scores.values())
    lines.append({"name": "fitting, all tasks", "value": seconds, "unit": "s", "bar": None, "met": True})
    return lines


def nomad() -> list[dict[str, Any]]:
    """Return a line for each target of NOMAD 2018: mean absolute error of five folds of its 2400 crystals."""
    from modelling.nomad_folds import mean_absolute_errors

    errors = mean_absolute_errors(DATA / "nomad2018" / "train.extxyz.gz")
    return [
        {
            "name": f"NOMAD 2018 {target} MAE",
            "value": 1000 * error,
            "unit": "meV/cation" if target.startswith("formation") else "meV",
            "bar": NOMAD_BARS[target],
            "met": 1000 * error <= NOMAD_BARS[target],
        }
        for target, error in errors.items()
    ]


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--only", choices=("matbench", "nomad"), help="one of the two")
    parser.add_argument("--out", type=Path, default=Path("matbench-results"), help="where folds are kept")
    given = parser.parse_args()
    results = [
        *(matbench(given.out) if given.only != "nomad" else ()),
        *(nomad() if given.only != "matbench" else ()),
    ]
    if given.json:
        print(json.dumps(results))
    else:
        for one in results:
            bar = "" if one["bar"] is None else f"bar {one['bar']:g}: {'met' if one['met'] else 'MISSED'}"
            print(f"{one['name']:<42}{one['value']:>10.4g} {one['unit']:<11}{bar}".rstrip())
    return 0 if all(one["met"] for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
