"""Intervals and sets for cross-validated predictions, each from errors of the other folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.class_sets import ClassSets
from matsluice.models.residual_distribution import ResidualDistribution

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cross_conformal_half_widths(
    y_true: NDArray[np.float64],
    y_pred: NDArray[np.float64],
    fold: NDArray[np.int64],
    confidence: float,
    row: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Return for each row (n,) the half width of its interval, from the errors made in the other folds.

    A row's own error never enters its own interval (Vovk 2015, doi:10.1007/s10472-013-9368-4), also where several
    folds test it.

    Parameters
    ----------
    y_true, y_pred
        Measured and predicted values, (n,).
    fold
        The fold each was predicted in, (n,).
    confidence
        Share of the rows whose interval is to hold the value.
    row
        Which row each is of, (n,); None where each is a row of its own.

    Examples
    --------
    >>> y, fold = np.arange(40.0), np.arange(40) % 2
    >>> cross_conformal_half_widths(y, y + 1 + fold, fold, 0.9)[:2].tolist()
    [2.0, 1.0]
    """
    widths = np.empty(len(y_true))
    for number in np.unique(fold):
        inside = fold == number
        other = _of_others(inside, row)
        widths[inside] = ResidualDistribution.of(y_true[other], y_pred[other]).half_width(confidence)
    return widths


def cross_conformal_sets(
    y_true: NDArray[np.int64],
    probability: NDArray[np.float64],
    fold: NDArray[np.int64],
    confidence: float,
    row: NDArray[np.int64] | None = None,
) -> NDArray[np.bool_]:
    """Return for each row which classes are in its set, (n, classes), from the surprises of the other folds.

    Parameters
    ----------
    y_true
        The place of each row's class, (n,).
    probability
        Of each class, (n, classes).
    fold
        The fold each row was predicted in, (n,).
    confidence
        Share of the rows whose set is to hold the true class.
    row
        Which row each prediction is of, (n,); None where each is of a row of its own.

    Examples
    --------
    >>> y, fold = np.zeros(40, dtype=int), np.arange(40) % 2
    >>> probability = np.where(fold[:, None] == 0, [0.9, 0.1], [0.6, 0.4])
    >>> cross_conformal_sets(y, probability, fold, 0.9)[:2].tolist()
    [[True, False], [True, False]]
    """
    inside = np.zeros(probability.shape, dtype=bool)
    for number in np.unique(fold):
        mine = fold == number
        other = _of_others(mine, row)
        inside[mine] = ClassSets.of(y_true[other], probability[other]).holds(probability[mine], confidence)
    return inside


def _of_others(mine: NDArray[np.bool_], row: NDArray[np.int64] | None) -> NDArray[np.bool_]:
    """Return which predictions, (n,), were made in other folds and of other rows.

    Examples
    --------
    >>> _of_others(np.array([True, True, False, False]), np.array([0, 1, 1, 2])).tolist()
    [False, False, False, True]
    """
    return ~mine if row is None else np.asarray(~np.isin(row, row[mine]))
