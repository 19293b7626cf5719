"""The folds of one model under one split, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.intervals import cross_conformal_half_widths
from matsluice.tasks.evaluate.metrics import FoldScores, score_folds
from matsluice.tasks.train.training_rows import TrainingRows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """One model × target × split.

    Attributes
    ----------
    row
        Training rows in their own order, (n,).
    fold, y_true, y_pred, half_width, in_domain
        For each of them, (n,).
    scores
        Metric → its values over the folds.
    fit_seconds
        Sum over the folds.
    importance
        Mean share of each column over the folds, (columns,); empty where the model has none.
    """

    row: NDArray[np.int64]
    fold: NDArray[np.int64]
    y_true: NDArray[np.float64]
    y_pred: NDArray[np.float64]
    half_width: NDArray[np.float64]
    in_domain: NDArray[np.bool_]
    scores: dict[str, FoldScores]
    fit_seconds: float
    importance: NDArray[np.float64]


def gather_folds(outputs: Sequence[str | Path], rows: TrainingRows, confidence: float) -> CrossValidation:
    """Put the files of the folds 0, 1, … together.

    Parameters
    ----------
    outputs
        One file a fold, in the folds' order.
    rows
        The training rows they refer to.
    confidence
        Level of the intervals.
    """
    parts = [np.load(path) for path in outputs]
    row = np.concatenate([part["row"] for part in parts])
    fold = np.concatenate([np.full(len(part["row"]), number) for number, part in enumerate(parts)])
    order = np.argsort(row, kind="stable")
    row, fold = row[order], fold[order]
    y_pred = np.concatenate([part["y_pred"] for part in parts])[order]
    y_true = np.asarray(rows.y[row])
    return CrossValidation(
        row=row,
        fold=fold,
        y_true=y_true,
        y_pred=y_pred,
        half_width=cross_conformal_half_widths(y_true, y_pred, fold, confidence),
        in_domain=np.concatenate([part["in_domain"] for part in parts])[order],
        scores=score_folds(y_true, y_pred, fold),
        fit_seconds=float(sum(part["seconds"] for part in parts)),
        importance=np.mean([part["importance"] for part in parts], axis=0),
    )


def prediction_table(
    result: CrossValidation, rows: TrainingRows, target: str, model: str, split: str
) -> pd.DataFrame:
    """Return one line a predicted row, as cv_predictions.parquet has them."""
    import pandas as pd

    return pd.DataFrame(
        {
            "id": np.asarray(rows.ids[result.row]).astype(object),
            "formula": np.asarray(rows.formulas[result.row]).astype(object),
            "target": target,
            "model": model,
            "split": split,
            "fold": result.fold,
            "y_true": result.y_true,
            "y_pred": result.y_pred,
            "lower": result.y_pred - result.half_width,
            "upper": result.y_pred + result.half_width,
            "in_domain": result.in_domain,
        }
    )
