"""The folds of one model under one split, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.tasks.evaluate.class_metrics import CLASS_METRICS, predicted_classes
from matsluice.tasks.evaluate.intervals import cross_conformal_half_widths, cross_conformal_sets
from matsluice.tasks.evaluate.metrics import FoldScores, score_folds
from matsluice.tasks.predict.predictions import PROBABILITY, set_texts
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
        Training rows in their own order, (n,); one that several folds test stands once for each.
    fold, y_true, y_pred, half_width, in_domain, distance
        For each of them, (n,); the distance is that to the nearest row learned from, in standardised features. Of
        classes `y_true` and `y_pred` are places, and there is no half width (NaN).
    probability, inside
        Of classes: the probability of each, and whether it is in the row's set, (n, classes); no columns otherwise.
    scores
        Metric → its values over the folds.
    fit_seconds
        Sum over the folds.
    importance
        Mean share of each column over the folds, (columns,); empty where the model has none.
    """

    row: NDArray[np.int64]
    fold: NDArray[np.int64]
    y_true: NDArray[Any]
    y_pred: NDArray[Any]
    half_width: NDArray[np.float64]
    in_domain: NDArray[np.bool_]
    distance: NDArray[np.float64]
    scores: dict[str, FoldScores]
    fit_seconds: float
    importance: NDArray[np.float64]
    probability: NDArray[np.float64]
    inside: NDArray[np.bool_]


def gather_folds(outputs: Sequence[str | Path], rows: TrainingRows, confidence: float) -> CrossValidation:
    """Put the files of the folds 0, 1, … together.

    Parameters
    ----------
    outputs
        One file a fold, in the folds' order.
    rows
        The training rows they refer to.
    confidence
        Level of the intervals or sets.
    """
    parts = [np.load(path) for path in outputs]
    row = np.concatenate([part["row"] for part in parts])
    fold = np.concatenate([np.full(len(part["row"]), number) for number, part in enumerate(parts)])
    order = np.argsort(row, kind="stable")
    row, fold = row[order], fold[order]
    y_true: NDArray[Any] = np.asarray(rows.y[row])
    said = {
        name: np.concatenate([part[name] for part in parts])[order]
        for name in ("y_pred", "probability", "in_domain", "distance")
        if name in parts[0]
    }
    judged = (
        _of_classes(y_true, said["probability"], fold, row, confidence)
        if len(rows.classes)
        else _of_values(y_true, said["y_pred"], fold, row, confidence)
    )
    return CrossValidation(
        row=row,
        fold=fold,
        y_true=y_true,
        in_domain=said["in_domain"],
        distance=said["distance"],
        fit_seconds=float(sum(part["seconds"] for part in parts)),
        importance=np.mean([part["importance"] for part in parts], axis=0),
        **judged,
    )


def _of_values(
    y_true: NDArray[np.float64],
    y_pred: NDArray[np.float64],
    fold: NDArray[np.int64],
    row: NDArray[np.int64],
    confidence: float,
) -> dict[str, Any]:
    return {
        "y_pred": y_pred,
        "half_width": cross_conformal_half_widths(y_true, y_pred, fold, confidence, row),
        "scores": score_folds(y_true, y_pred, fold),
        "probability": np.empty((len(fold), 0)),
        "inside": np.empty((len(fold), 0), dtype=bool),
    }


def _of_classes(
    y_true: NDArray[np.int64],
    probability: NDArray[np.float64],
    fold: NDArray[np.int64],
    row: NDArray[np.int64],
    confidence: float,
) -> dict[str, Any]:
    return {
        "y_pred": predicted_classes(probability),
        "half_width": np.full(len(fold), np.nan),
        "scores": score_folds(y_true, probability, fold, CLASS_METRICS),
        "probability": probability,
        "inside": cross_conformal_sets(y_true, probability, fold, confidence, row),
    }


def prediction_table(
    result: CrossValidation, rows: TrainingRows, target: str, model: str, split: str
) -> pd.DataFrame:
    """Return one line a predicted row, as cv_predictions.parquet has them.

    Of a target with classes y_true and y_pred are their names, lower and upper are empty, and beside them stand the
    set of classes ("false | true") and the probability of each class.
    """
    import pandas as pd

    names = rows.classes.astype(object)
    classes = len(names) > 0
    table = pd.DataFrame(
        {
            "id": np.asarray(rows.ids[result.row]).astype(object),
            "formula": np.asarray(rows.formulas[result.row]).astype(object),
            "target": target,
            "model": model,
            "split": split,
            "fold": result.fold,
            "y_true": names[result.y_true] if classes else result.y_true,
            "y_pred": names[result.y_pred] if classes else result.y_pred,
            "lower": np.nan if classes else result.y_pred - result.half_width,
            "upper": np.nan if classes else result.y_pred + result.half_width,
            "in_domain": result.in_domain,
            "distance": result.distance,
        }
    )
    if classes:
        table["set"] = set_texts(result.inside, names)
        for place, name in enumerate(names):
            table[PROBABILITY + name] = result.probability[:, place]
    return table
