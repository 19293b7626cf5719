"""The error of every cross-validated row of a run, and the rows two of them have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.predict.predictions import PROBABILITY

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

# As the log-loss of class_metrics has it.
LEAST_PROBABILITY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class CommonRows:
    """Rows that two cross-validations have both predicted.

    Attributes
    ----------
    now, before
        The error of each, (n,): |y − ŷ|, or of classes −log p(true class).
    material
        A number for each row's formula, (n,).
    same_folds
        Whether all rows of both are here, each in the same fold.
    """

    now: NDArray[np.float64]
    before: NDArray[np.float64]
    material: NDArray[np.int64]
    same_folds: bool


def row_errors(run_directory: Path, model: str, target: str, split: str) -> pd.DataFrame | None:
    """Return id, formula, fold, y_true and error of each predicted row; None where the run has none of them.

    Parameters
    ----------
    run_directory
        A run's folder.
    model, target, split
        Which of its contests.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    path = run_directory / "cv_predictions.parquet"
    if not path.exists():
        return None
    wanted = (pc.field("model") == model) & (pc.field("target") == target) & (pc.field("split") == split)
    table: pd.DataFrame = pq.read_table(path, filters=wanted).to_pandas()
    if not len(table):
        return None
    classes = [name for name in table.columns if name.startswith(PROBABILITY) and table[name].notna().any()]
    # Where a campaign learns both numbers and classes, both are texts.
    table["error"] = (
        _surprise(table, classes)
        if classes
        else (table["y_pred"].astype(np.float64) - table["y_true"].astype(np.float64)).abs()
    )
    table["y_true"] = table["y_true"].astype(str)
    if "formula" not in table:
        table["formula"] = table["id"]
    return table[["id", "formula", "fold", "y_true", "error"]]


def _surprise(table: pd.DataFrame, classes: list[str]) -> NDArray[np.float64]:
    place = {name.removeprefix(PROBABILITY): number for number, name in enumerate(classes)}
    probability = table[classes].to_numpy(np.float64)
    given: NDArray[np.float64] = probability[
        np.arange(len(table)), table["y_true"].map(place).to_numpy(np.int64)
    ]
    return np.asarray(-np.log(np.clip(given, LEAST_PROBABILITY, 1.0)))


def common_rows(now: pd.DataFrame, before: pd.DataFrame) -> CommonRows:
    """Return the rows of both: those with the same id, formula and measured value.

    Where rows agree in all of these, as repeated measurements may, they are counted off against each other.

    Parameters
    ----------
    now, before
        Frames of `row_errors`.
    """
    keys = ["id", "formula", "y_true"]
    sides = []
    for side in (now, before):
        ordered = side.sort_values([*keys, "fold"], kind="stable")
        sides.append(ordered.assign(nth=ordered.groupby(keys).cumcount()))
    both = sides[0].merge(sides[1], on=[*keys, "nth"], suffixes=("_now", "_before"))
    whole = len(both) == len(now) == len(before)
    _, material = np.unique(both["formula"].to_numpy(np.str_), return_inverse=True)
    return CommonRows(
        both["error_now"].to_numpy(np.float64),
        both["error_before"].to_numpy(np.float64),
        material.astype(np.int64),
        whole and bool((both["fold_now"] == both["fold_before"]).all()),
    )
