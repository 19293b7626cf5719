"""Intervals and sets for cross-validated predictions, each from errors of the other folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.class_sets import ClassSets
from matsluice.models.residual_distribution import ResidualDistribution

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cross_conformal_half_widths(
    y_true: NDArray[np.float64], y_pred: NDArray[np.float64], fold: NDArray[np.int64], confidence: float
) -> NDArray[np.float64]:
    """Return for each row (n,) the half width of its interval, from the errors made in the other folds.

    A row's own error never enters its own interval (Vovk 2015, doi:10.1007/s10472-013-9368-4).

    Examples
    --------
    >>> y, fold = np.arange(40.0), np.arange(40) % 2
    >>> cross_conformal_half_widths(y, y + 1 + fold, fold, 0.9)[:2].tolist()
    [2.0, 1.0]
    """
    widths = np.empty(len(y_true))
    for number in np.unique(fold):
        inside = fold == number
        others = ResidualDistribution.of(y_true[~inside], y_pred[~inside])
        widths[inside] = others.half_width(confidence)
    return widths


def cross_conformal_sets(
    y_true: NDArray[np.int64],
    probability: NDArray[np.float64],
    fold: NDArray[np.int64],
    confidence: float,
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
        inside[mine] = ClassSets.of(y_true[~mine], probability[~mine]).holds(probability[mine], confidence)
    return inside
