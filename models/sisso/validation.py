"""Which rung and dimension to trust: errors on rows that were left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Split = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The error of one rung and dimension on rows that were left out.

    Attributes
    ----------
    rung, dimension
        What was tried.
    error
        Mean over the folds.
    deviation
        Standard error of that mean.
    """

    rung: int
    dimension: int
    error: float
    deviation: float


def cross_validated(
    errors: Callable[[int, NDArray[np.int64], NDArray[np.int64]], Sequence[float]],
    rungs: Iterable[int],
    splits: Sequence[Split],
) -> list[LeftOut]:
    """Return the error of every rung and dimension.

    Parameters
    ----------
    errors
        ``errors(rung, training rows, rows left out)``: the error on the latter for dimension 1, 2, …
    rungs
        Those to try.
    splits
        (training rows, rows left out) of each fold.
    """
    table = []
    for rung in rungs:
        folds = np.array([errors(rung, kept, left) for kept, left in splits])
        for dimension, column in enumerate(folds.T, start=1):
            deviation = float(column.std(ddof=1) / np.sqrt(len(column))) if len(column) > 1 else 0.0
            table.append(LeftOut(rung, dimension, float(column.mean()), deviation))
    return table


def simplest_good(table: Sequence[LeftOut]) -> LeftOut:
    """Return the lowest rung, then dimension, whose error is within one standard error of the least.

    The rule of Breiman et al. 1984 (Classification and Regression Trees, ISBN 978-0412048418): of what cannot be told
    apart, the simplest.

    Examples
    --------
    >>> simplest_good([LeftOut(0, 1, 0.5, 0.1), LeftOut(1, 1, 0.21, 0.1), LeftOut(2, 1, 0.2, 0.05)]).rung
    1
    """
    best = min(table, key=lambda one: one.error)
    good = [one for one in table if one.error <= best.error + best.deviation]
    return min(good, key=lambda one: (one.rung, one.dimension))
