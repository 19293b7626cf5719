"""What is known of predicted rows without their values: by a fitted model, the rows it learned from, and formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.spread import ensemble_spread
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.material import CompositionBatch, parse_formulas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from matsluice.tasks.train.training_rows import TrainingRows


def known_of_rows(
    model: Pipeline,
    rows: TrainingRows,
    X: NDArray[np.float64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    said: Mapping[str, NDArray[np.float64]],
) -> RowSigns:
    """Return what is known of the rows that a model was not fitted on.

    Parameters
    ----------
    model
        Fitted on `train`.
    rows, X
        All labelled rows, and the features of all materials, (unique materials, columns).
    train, test
        Places of the rows learned from, and of those predicted.
    said
        What `predicted` gave for the latter.
    """
    X_test = X[rows.material[test]]
    spread = None if len(rows.classes) else ensemble_spread(model, X_test)
    prediction = said["probability"].argmax(axis=1) if len(rows.classes) else said["y_pred"]
    return learned_from(rows, X, train).signs(X_test, prediction, spread, elements_of(rows, test))


def learned_from(rows: TrainingRows, X: NDArray[np.float64], train: NDArray[np.int64]) -> LearnedFrom:
    """Return what a model fitted on some rows has learned from; parameters as in `known_of_rows`."""
    _, first = np.unique(rows.material[train], return_index=True)
    y = None if len(rows.classes) else np.asarray(rows.y[train], dtype=np.float64)
    return LearnedFrom.rows(X[rows.material[train]], y, elements_of(rows, train[first]))


def elements_of(rows: TrainingRows, chosen: NDArray[np.int64]) -> CompositionBatch | None:
    """Return the elements of some rows; None where a formula of theirs cannot be read."""
    parsed = parse_formulas(np.asarray(rows.formulas[chosen]).tolist())
    return None if parsed.refused else parsed.batch
