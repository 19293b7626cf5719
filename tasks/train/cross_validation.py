"""The folds of one model under one split, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.arrays import read_arrays
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.evaluate.class_metrics import CLASS_METRICS, predicted_classes
from matsluice.tasks.evaluate.intervals import cross_conformal_intervals, cross_conformal_sets
from matsluice.tasks.evaluate.metrics import FoldScores, score_folds
from matsluice.tasks.predict.predictions import PROBABILITY, set_texts
from matsluice.tasks.train.training_rows import TrainingRows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


# What each row has of its interval.
OF_INTERVALS = ("lower", "upper", "expected_error", "level")


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """One model × target × split.

    Attributes
    ----------
    row
        Training rows in their own order, (n,); one that several folds test stands once for each.
    fold, y_true, y_pred, in_domain, distance
        For each of them, (n,); the distance is that to the nearest row learned from, in standardised features. Of
        classes `y_true` and `y_pred` are places.
    lower, upper, expected_error
        The interval, and the error that is expected of the row, in the target's unit, (n,); NaN for classes.
    level
        The confidence up to which a row's interval (or set) misses its value (or class), (n,).
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
    in_domain: NDArray[np.bool_]
    distance: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    expected_error: NDArray[np.float64]
    level: NDArray[np.float64]
    scores: dict[str, FoldScores]
    fit_seconds: float
    importance: NDArray[np.float64]
    probability: NDArray[np.float64]
    inside: NDArray[np.bool_]


def gather_folds(
    outputs: Sequence[str | Path],
    rows: TrainingRows,
    confidence: float | None,
    settings: IntervalSettings = USUAL,
) -> CrossValidation:
    """Put the files of the folds 0, 1, … together.

    Parameters
    ----------
    outputs
        One file a fold, in the folds' order.
    rows
        The training rows they refer to.
    confidence
        Level of the intervals or sets; None where these are not wanted: then they are NaN, and sets are empty.
    settings
        How they are made.
    """
    parts = [read_arrays(path) for path in outputs]
    row = np.concatenate([part["row"] for part in parts])
    fold = np.concatenate([np.full(len(part["row"]), number) for number, part in enumerate(parts)])
    order = np.argsort(row, kind="stable")
    row, fold = row[order], fold[order]
    y_true: NDArray[Any] = np.asarray(rows.y[row])
    signs = gather_signs(parts, order)
    if len(rows.classes):
        probability = np.concatenate([part["probability"] for part in parts])[order]
        judged = _of_classes(y_true, probability, fold)
        if confidence is not None:
            judged["inside"], judged["level"] = cross_conformal_sets(
                y_true, probability, fold, confidence, signs=signs, per=settings.per, row=row
            )
    else:
        judged = _of_values(y_true, signs.prediction, fold)
        if confidence is not None:
            made = cross_conformal_intervals(y_true, signs, fold, confidence, settings, row)
            judged |= {name: getattr(made, name) for name in OF_INTERVALS}
    return CrossValidation(
        row=row,
        fold=fold,
        y_true=y_true,
        in_domain=signs.in_domain,
        distance=signs.distance,
        fit_seconds=float(sum(part["seconds"] for part in parts)),
        importance=np.mean([part["importance"] for part in parts], axis=0),
        **judged,
    )


def gather_signs(parts: Sequence[Mapping[str, NDArray[Any]]], order: NDArray[np.int64]) -> RowSigns:
    """Return what is known of the rows in the files of some folds, put in an order."""
    known = [RowSigns.of(part).arrays() for part in parts]
    return RowSigns(**{name: np.concatenate([each[name] for each in known])[order] for name in known[0]})


def _of_values(
    y_true: NDArray[np.float64], y_pred: NDArray[np.float64], fold: NDArray[np.int64]
) -> dict[str, Any]:
    return {
        "y_pred": y_pred,
        "scores": score_folds(y_true, y_pred, fold),
        "probability": np.empty((len(fold), 0)),
        "inside": np.empty((len(fold), 0), dtype=bool),
        **{name: np.full(len(fold), np.nan) for name in OF_INTERVALS},
    }


def _of_classes(
    y_true: NDArray[np.int64], probability: NDArray[np.float64], fold: NDArray[np.int64]
) -> dict[str, Any]:
    return {
        "y_pred": predicted_classes(probability),
        "scores": score_folds(y_true, probability, fold, CLASS_METRICS),
        "probability": probability,
        "inside": np.zeros(probability.shape, dtype=bool),
        **{name: np.full(len(fold), np.nan) for name in OF_INTERVALS},
    }


def prediction_table(
    result: CrossValidation, rows: TrainingRows, target: str, model: str, split: str
) -> pd.DataFrame:
    """Return one line a predicted row, as cv_predictions.parquet has them.

    `level` is the confidence up to which the row's interval or set misses the truth: the share of rows whose level is
    below c is the coverage at c. Of a target with classes y_true and y_pred are their names, lower and upper are
    empty, and beside them stand the set of classes ("false | true", or "(no class)" where none is probable enough) and
    the probability of each class.
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
            "lower": result.lower,
            "upper": result.upper,
            "in_domain": result.in_domain,
            "distance": result.distance,
            "expected_error": result.expected_error,
            "level": result.level,
        }
    )
    if classes:
        table["set"] = set_texts(result.inside, names)
        for place, name in enumerate(names):
            table[PROBABILITY + name] = result.probability[:, place]
    return table
