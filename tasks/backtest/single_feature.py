"""The best that sorting by one feature does: what a model must beat to be worth its fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.backtest.found_at_k import standing

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SingleFeature:
    """A column and in which direction to sort by it.

    Attributes
    ----------
    column
        Its place; −1 where no column tells hits from others.
    sign
        1 where large values stand first, −1 where small ones do.
    average_precision
        On the rows it was chosen on; NaN where there were no hits.
    """

    column: int
    sign: int
    average_precision: float

    def standing(self, X: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the place of each row of X (n, columns), (n,), 0 for the best; undefined values stand last."""
        if self.column < 0:
            return np.zeros(len(X), dtype=np.int64)
        return standing([_undefined_last(self.sign * X[:, self.column])])


def best_single_feature(X: NDArray[np.float64], hit: NDArray[np.bool_]) -> SingleFeature:
    """Return the column and direction with the largest average precision; of equals the first, large values first.

    Parameters
    ----------
    X
        Features of rows whose labels are known, (n, columns), NaN where undefined.
    hit
        Whether each row is a hit, (n,).

    Examples
    --------
    >>> X = np.array([[1.0, 5.0], [2.0, 9.0], [1.5, 1.0], [2.5, 2.0]])
    >>> best_single_feature(X, np.array([False, False, True, True]))
    SingleFeature(column=1, sign=-1, average_precision=1.0)
    """
    best = SingleFeature(-1, 1, float("nan"))
    if not hit.any() or hit.all():
        return best
    for column in range(X.shape[1]):
        values = X[:, column]
        for sign in (1, -1):
            reached = average_precision(_undefined_last(sign * values), hit)
            if not reached <= best.average_precision:
                best = SingleFeature(column, sign, reached)
    return best


def average_precision(merit: NDArray[np.float64], hit: NDArray[np.bool_]) -> float:
    """Return the mean over the hits of the precision down to each, equals taken together.

    As scikit-learn's `average_precision_score`; a hundred columns of some thousand rows take a tenth of its time.

    Parameters
    ----------
    merit
        What rows are sorted by, the largest first, (n,).
    hit
        Whether each is a hit, (n,); at least one is.

    Examples
    --------
    >>> average_precision(np.array([3.0, 2.0, 1.0]), np.array([True, False, True])).__round__(4)
    0.8333
    """
    order = np.argsort(-merit, kind="stable")
    sorted_merit, hits = merit[order], np.cumsum(hit[order])
    last = np.append(sorted_merit[1:] != sorted_merit[:-1], True)
    rows, hits = np.flatnonzero(last) + 1, hits[last]
    new = np.diff(hits, prepend=0)
    return float(np.sum(new * hits / rows) / hits[-1])


def _undefined_last(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(values), -np.inf, values)
