"""What picking at random finds: exactly, without drawing anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def chance_of_hits(rows: int, hits: int, k: int) -> NDArray[np.float64]:
    """Return the probability of 0, 1, … min(k, rows) hits among k rows drawn at random, the hypergeometric one.

    Examples
    --------
    >>> chance_of_hits(rows=4, hits=2, k=2).round(4).tolist()
    [0.1667, 0.6667, 0.1667]
    """
    from scipy.stats import hypergeom  # type: ignore[import-untyped]

    taken = min(k, rows)
    return np.asarray(hypergeom.pmf(np.arange(taken + 1), rows, hits, taken), dtype=np.float64)


def random_interval(
    values: Sequence[NDArray[np.float64]], chances: Sequence[NDArray[np.float64]], level: float = 0.95
) -> tuple[float, float]:
    """Return the ends of the interval that holds a single draw, from any of several hidden sets, with a probability.

    Parameters
    ----------
    values
        Of each set, what a draw may come to, such as hits over rows taken, (outcomes,).
    chances
        How probable each is, (outcomes,).
    level
        Probability of the interval; at most (1 − level) / 2 lies beyond either end.

    Examples
    --------
    >>> random_interval([np.array([0.0, 0.5, 1.0])], [np.array([0.01, 0.98, 0.01])])
    (0.5, 0.5)
    """
    value, weight = np.concatenate(values), np.concatenate(chances) / len(chances)
    order = np.argsort(value, kind="stable")
    below = np.cumsum(weight[order])
    # Probabilities are sums: one that should be exactly at the edge may lie an ulp beside it.
    edges = np.array([(1 - level) / 2, (1 + level) / 2]) - 1e-12
    low, high = value[order][np.minimum(np.searchsorted(below, edges), len(value) - 1)]
    return float(low), float(high)


def expected_picks(rows: int, hits: int, wanted: int) -> float:
    """Return how many rows must be drawn at random on average until so many hits are found; inf where there are fewer.

    The mean of the negative hypergeometric distribution: wanted · (rows + 1) / (hits + 1).

    Examples
    --------
    >>> expected_picks(rows=3, hits=1, wanted=1)
    2.0
    """
    return wanted * (rows + 1) / (hits + 1) if wanted <= hits else float("inf")
