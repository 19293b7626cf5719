"""Whether intervals and sets hold on untouched rows what they say, and how wide they are for it.

    python benchmarks/calibration.py [--tasks steels,expt_gap] [--kinds extra_trees,xgboost] [--holdouts N] [--json]

The four composition tasks of matbench (Dunn et al. 2020, doi:10.1038/s41524-020-00406-3), read from ../shared/data or
$MATSLUICE_DATA. Each hold-out is a fifth of the rows drawn anew; a model is cross-validated on the others in five
folds, then fitted on all of them and asked for the hold-out, as a campaign does. One hold-out of 62 steels cannot
show two points: coverage is the mean over all hold-outs, and beside it stands the standard error of that mean (from
the spread over hold-outs; these share rows, so it is somewhat too small). For numbers the widths and interval scores
(Gneiting & Raftery 2007, doi:10.1198/016214506000001437) of normalised intervals stand as ratios to those of one
width everywhere; for classes the mean size of a set, the share of sets that hold no class, and the least coverage of
any one class. Sets are those that predictions are given, and the bar is theirs: they may be empty, as a model whose
first choice is right more often than is asked could not hold what is asked otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from matsluice.models.class_sets import ClassSets
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.evaluate.coverage_record import LEVELS
from matsluice.tasks.features.table import featurize
from matsluice.tasks.train.fitting import fitted, predicted, task_of
from matsluice.tasks.train.known_rows import known_of_rows
from matsluice.tasks.train.training_rows import TrainingRows

ROOT: Final = Path(__file__).parents[1]
DATA: Final = Path(os.environ.get("MATSLUICE_DATA", ROOT.parent / "shared" / "data")) / "matbench"
BLOCKS: Final = ("composition.elemental", "composition.magpie", "composition.fractions")
BAR: Final = 0.02
USUAL_WAYS: Final = ("normalised", "sets")
OF_SETS: Final = {"size": "classes", "empty": "share", "least": "share"}
PARAMETERS: Final[dict[str, dict[str, Any]]] = {"extra_trees": {"n_estimators": 100}}


@dataclass(frozen=True)
class Task:
    """One of the tasks: its column, and over how many hold-outs coverage is a mean."""

    name: str
    column: str
    holdouts: int
    classes: bool = False


TASKS: Final = {
    task.name: task
    for task in (
        Task("steels", "yield strength", 30),
        Task("expt_gap", "gap expt", 4),
        Task("expt_is_metal", "is_metal", 4, classes=True),
        Task("glass", "gfa", 4, classes=True),
    )
}


@dataclass(frozen=True)
class Predicted:
    """What cross-validation (or the hold-out) says of some rows, and the truth."""

    y: NDArray[Any]
    signs: RowSigns
    probability: NDArray[np.float64]
    fold: NDArray[np.int64]


def read(task: Task) -> tuple[TrainingRows, NDArray[np.float64]]:
    """Return the rows of a task and their features, (n, columns)."""
    table = pd.read_csv(DATA / f"matbench_{task.name}.csv")
    formulas = table["composition"].tolist()
    y = table[task.column].to_numpy(dtype=np.int64 if task.classes else np.float64)
    classes = np.array(["0", "1"]) if task.classes else np.empty(0, dtype=np.str_)
    n = len(table)
    rows = TrainingRows(np.arange(n).astype(str), np.array(formulas), np.arange(n), y, classes)
    return rows, featurize(formulas, list(BLOCKS)).to_numpy()


def holdout(rows: TrainingRows, X: NDArray[np.float64], kind: str, seed: int) -> tuple[Predicted, Predicted]:
    """Cross-validate on four fifths, then fit on them and predict the fifth."""
    classes = rows.y if len(rows.classes) else None
    seen, kept = train_test_split(np.arange(len(rows.y)), test_size=0.2, random_state=seed, stratify=classes)
    folds = (StratifiedKFold if len(rows.classes) else KFold)(5, shuffle=True, random_state=seed)
    parts = [
        _predicted(rows, X, kind, seed, seen[train], seen[test], number)
        for number, (train, test) in enumerate(folds.split(seen, None if classes is None else classes[seen]))
    ]
    signs = {
        name: np.concatenate([part.signs.arrays()[name] for part in parts])
        for name in parts[0].signs.arrays()
    }
    validated = Predicted(
        np.concatenate([part.y for part in parts]),
        RowSigns(**signs),
        np.concatenate([part.probability for part in parts]),
        np.concatenate([part.fold for part in parts]),
    )
    return validated, _predicted(rows, X, kind, seed, seen, kept, 0)


def _predicted(
    rows: TrainingRows,
    X: NDArray[np.float64],
    kind: str,
    seed: int,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    number: int,
) -> Predicted:
    y = np.asarray(rows.y[train])
    model = fitted(kind, PARAMETERS.get(kind, {}), seed, X[train], y, task=task_of(rows), groups=None)
    said = predicted(model, X[test], len(rows.classes))
    probability = said.get("probability", np.empty((len(test), 0)))
    signs = known_of_rows(model, rows, X, train, test, said)
    return Predicted(rows.y[test], signs, probability, np.full(len(test), number))


def of_numbers(seen: Predicted, test: Predicted) -> dict[str, float]:
    """Return coverage, mean width and interval score at each level, plain and normalised."""
    found = {}
    for way, settings in (("plain", IntervalSettings(normalised=False)), ("normalised", USUAL)):
        made = ConformalIntervals.learned(seen.y, seen.signs, seen.fold, settings)
        for level in LEVELS:
            lower, upper = made.interval(test.signs, level)
            missed = np.maximum(lower - test.y, 0) + np.maximum(test.y - upper, 0)
            found[f"coverage {way} {level:g}"] = float(np.mean(missed == 0))
            found[f"width {way} {level:g}"] = float(np.mean(upper - lower))
            found[f"score {way} {level:g}"] = float(np.mean(upper - lower + 2 / (1 - level) * missed))
    return found


def of_classes(seen: Predicted, test: Predicted) -> dict[str, float]:
    """Return coverage, mean size, share of empty ones and least coverage of a class, of sets for all and for each."""
    found, rows = {}, np.arange(len(test.y))
    for way, per in (("sets", "none"), ("sets per class", "class")):
        made = ClassSets.of(seen.y, seen.probability, seen.signs, per)
        for level in LEVELS:
            inside = made.holds(test.probability, level, test.signs)
            held = inside[rows, test.y]
            found[f"coverage {way} {level:g}"] = float(held.mean())
            found[f"size {way} {level:g}"] = float(inside.sum(axis=1).mean())
            found[f"empty {way} {level:g}"] = float(np.mean(~inside.any(axis=1)))
            found[f"least {way} {level:g}"] = min(
                float(held[test.y == one].mean()) for one in np.unique(test.y)
            )
    return found


def measured(task: Task, kind: str, holdouts: int) -> Iterator[dict[str, Any]]:
    """Give the results of a task and a kind of model, with the standard error of each coverage."""
    rows, X = read(task)
    judge = of_classes if task.classes else of_numbers
    each = pd.DataFrame([judge(*holdout(rows, X, kind, seed)) for seed in range(holdouts)])
    mean, error = each.mean(), each.std(ddof=1) / np.sqrt(len(each))
    for way in ("sets", "sets per class") if task.classes else ("plain", "normalised"):
        for level in LEVELS:
            value = float(mean[f"coverage {way} {level:g}"])
            yield {
                "name": f"{task.name} {kind} {way}: coverage at {level:g}",
                "value": value,
                "unit": "share",
                # The others stand beside what a campaign has that says nothing.
                "bar": level if way in USUAL_WAYS else None,
                "met": way not in USUAL_WAYS or abs(value - level) <= BAR,
                "standard_error": float(error[f"coverage {way} {level:g}"]),
            }
            for what, unit in OF_SETS.items() if task.classes else ():
                yield _free(
                    f"{task.name} {kind} {way}: {what} at {level:g}", mean[f"{what} {way} {level:g}"], unit
                )
    for level in () if task.classes else LEVELS:
        for what in ("width", "score"):
            ratio = mean[f"{what} normalised {level:g}"] / mean[f"{what} plain {level:g}"]
            yield _free(f"{task.name} {kind}: {what} at {level:g}, normalised / plain", ratio, "ratio")


def _free(name: str, value: float, unit: str) -> dict[str, Any]:
    return {"name": name, "value": float(value), "unit": unit, "bar": None, "met": True}


def main() -> int:
    """Measure, print, and return 1 where a coverage is off by more than two points."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--tasks", default=",".join(TASKS), help="with commas between; all if left out")
    parser.add_argument("--kinds", default="extra_trees,xgboost", help="kinds of model, with commas between")
    parser.add_argument("--holdouts", type=int, help="hold-outs a task; 30 of steels and 4 of the others")
    given = parser.parse_args()
    if unknown := set(given.tasks.split(",")) - set(TASKS):
        parser.error(f"--tasks knows {', '.join(TASKS)}, and not {', '.join(sorted(unknown))}")
    results = []
    for name in given.tasks.split(","):
        for kind in given.kinds.split(","):
            for one in measured(TASKS[name], kind, given.holdouts or TASKS[name].holdouts):
                results.append(one)
                if not given.json:
                    _show(one)
    if given.json:
        print(json.dumps(results))
    return 0 if all(one["met"] for one in results) else 1


def _show(one: dict[str, Any]) -> None:
    error = f" ± {one['standard_error']:.3f}" if "standard_error" in one else ""
    bar = "" if one["bar"] is None else f"{one['bar']:g} ± {BAR:g}: {'met' if one['met'] else 'MISSED'}"
    print(f"{one['name']:<58}{one['value']:>7.3f}{error:<8} {bar}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
