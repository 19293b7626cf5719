"""Intervals for cross-validated predictions, each from errors of the other folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
