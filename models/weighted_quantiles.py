"""Quantiles of values that weigh differently in every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Sums of weights that differ by no more are taken as equal: they are sums of thousands of fractions.
EQUAL = 1e-9


def weighted_quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], levels: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the value below which a share of the weight lies, for each row and level.

    Where the share falls between two values it is their mean, as the median of an even number is.

    Parameters
    ----------
    values
        Sorted, (m,).
    weights
        What each weighs in each row, (n, m), 1 in a row.
    levels
        Shares from 0 to 1: (k,) for every row, or (n, k).

    Returns
    -------
    Array of shape (n, k).

    Examples
    --------
    >>> values = np.array([0.0, 1.0, 4.0])
    >>> weighted_quantiles(values, np.array([[0.2, 0.2, 0.6], [0.5, 0.25, 0.25]]), [0.5]).tolist()
    [[4.0], [0.5]]
    """
    below = np.cumsum(weights, axis=1)
    asked = np.broadcast_to(np.asarray(levels, dtype=np.float64), (len(weights), np.shape(levels)[-1]))
    found = np.empty(asked.shape)
    # No value without weight may be met on the way up.
    last = len(values) - 1
    for place in range(asked.shape[1]):
        share = asked[:, place, None]
        lower = np.minimum((below < share - EQUAL).sum(axis=1), last)
        upper = np.minimum((below <= share + EQUAL).sum(axis=1), last)
        found[:, place] = 0.5 * (values[lower] + values[upper])
    return found
