"""Features that are the same numbers, found by value: one is kept, whatever it was built from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Directions a feature is projected on. Two features whose three projections agree to the tolerance are the same: for
# different ones that has a chance of about 1e-24 a pair.
PROJECTIONS = 3
# Rounding of a few operators leaves 1e-15 to 1e-12 of a feature's spread; no two data sets agree to this by chance.
SAME = 1e-9


def directions(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the fixed directions (n, 3) that rows of these weights (n,) are projected on.

    A row's share follows its weight, so that a row of weight 2 is two equal rows.
    """
    chance = np.random.default_rng(20180815)
    random = chance.standard_normal((len(weights), PROJECTIONS))
    return np.asarray(random * np.sqrt(weights)[:, None])


def standardised(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return features (m, n) with weighted mean 0 and variance 1; weights (n,) sum to 1."""
    centred = values - (values @ weights)[:, None]
    spread = np.sqrt((centred * centred) @ weights)
    return np.asarray(centred / np.where(spread > 0.0, spread, 1.0)[:, None])


def marks(
    values: NDArray[np.float64], along: NDArray[np.float64], *, signed: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Return what equal features share, (m, 3): their projections, the first of them positive.

    Parameters
    ----------
    values
        Features (m, n) of unit size.
    along
        Directions (n, 3).
    signed
        Features (m,) whose sign matters; None for none.
    """
    found = values @ along
    flip = found[:, 0] < 0.0
    if signed is not None:
        flip &= ~signed
    found[flip] *= -1.0
    return np.asarray(found)


class Seen:
    """What has been met so far, asked block by block.

    Examples
    --------
    >>> seen = Seen()
    >>> seen.new(np.array([[1.0, 2, 3], [1, 2, 3 + 1e-13], [1, 2, 4]])).tolist()
    [True, False, True]
    >>> seen.new(np.array([[1.0 - 1e-12, 2, 4], [7, 2, 3]])).tolist()
    [False, True]
    """

    def __init__(self) -> None:
        self._sorted: NDArray[np.float64] = np.empty((0, PROJECTIONS))

    def new(self, block: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which marks (m, 3) have not been met before, nor earlier in the block, and remember them."""
        groups = groups_of_equals(np.concatenate([self._sorted, block]))
        known = len(self._sorted)
        fresh = groups[known:] >= known
        fresh &= groups[known:] == np.arange(known, known + len(block))
        merged = np.concatenate([self._sorted, block[fresh]])
        self._sorted = merged[np.argsort(merged[:, 0], kind="stable")]
        return np.asarray(fresh)


def groups_of_equals(found: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each mark (m, 3) the index of the first that is equal to it, its own where it is the first.

    >>> groups_of_equals(np.array([[1.0, 2, 3], [5, 5, 5], [1, 2, 3]])).tolist()
    [0, 1, 0]
    """
    order = np.argsort(found[:, 0], kind="stable")
    ordered = found[order]
    first = np.arange(len(found))
    # Sorted by the first projection, equals stand within a run of neighbours; runs are short.
    step = 1
    near = np.arange(len(found) - 1)
    while len(near):
        close = np.abs(ordered[near + step, 0] - ordered[near, 0]) <= _tolerance(ordered[near, 0])
        near = near[close]
        equal = (np.abs(ordered[near + step] - ordered[near]) <= _tolerance(ordered[near])).all(axis=1)
        a, b = order[near[equal]], order[near[equal] + step]
        np.minimum.at(first, np.maximum(a, b), np.minimum(first[a], first[b]))
        step += 1
        near = near[near + step < len(found)]
    # A chain of equals points step by step to its first.
    while (first[first] != first).any():
        first = first[first]
    return first


def _tolerance(size: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(SAME * np.maximum(np.abs(size), 1.0))
