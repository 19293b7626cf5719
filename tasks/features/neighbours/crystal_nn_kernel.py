"""Compiled choice of the most likely coordination number among the faces of a Voronoi cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Of the weight: a weight so little below the middle of two thousandths is rounded up, so that equal bonds, whose
# weights differ by round-off, are never parted.
_ROUND_OFF = 1e-8
_GREATER = 1e-9  # likelihoods closer than that are equal, and the smaller coordination number is taken
_GREATEST_DIFFERENCE = 3.3  # of two elements' Pauling electronegativities
_FULL, _NONE = 0.5, 1.0  # Å beyond the sum of the radii: up to here full weight, from there none


@njit(cache=True, nogil=True)
def most_likely(
    starts: Any,
    neighbour: Any,
    distance: Any,
    area: Any,
    angle: Any,
    numbers: Any,
    radii: Any,
    negativity: Any,
    stretch: float,
) -> Any:
    """Return (p,) bool: which faces are bonds.

    Parameters
    ----------
    starts, neighbour, distance, area, angle : arrays
        The columns of `VoronoiCells` of m sites, p faces.
    numbers : (m,) int16
        Atomic numbers.
    radii, negativity : (119,) float64
        Covalent radii in Å and electronegativities by atomic number; NaN where there is none.
    stretch : float
        How much the difference in electronegativity counts.
    """
    chosen = np.zeros(distance.size, np.bool_)
    for site in range(starts.size - 1):
        begin, end = starts[site], starts[site + 1]
        weights = np.empty(end - begin)
        for k in range(end - begin):
            pair = begin + k
            difference = abs(negativity[numbers[site]] - negativity[numbers[neighbour[pair]]])
            weights[k] = angle[pair] * angle[pair] / area[pair]
            if not np.isnan(difference):
                weights[k] *= 1.0 + stretch * np.sqrt(difference / _GREATEST_DIFFERENCE)
        weights /= weights.max()
        thousandths = np.empty(end - begin, np.int64)
        for k in range(end - begin):
            beyond = distance[begin + k] - radii[numbers[site]] - radii[numbers[neighbour[begin + k]]]
            weight = weights[k] * _near(beyond)
            thousandths[k] = int(np.floor(1000.0 * (weight + _ROUND_OFF) + 0.5))
        threshold = _threshold(thousandths)
        for k in range(end - begin):
            chosen[begin + k] = thousandths[k] >= threshold
    return chosen


@njit(cache=True, nogil=True)
def _near(beyond: float) -> float:
    """Return the weight of a distance that exceeds the sum of the radii by so many Å; 1 for an unknown radius."""
    if beyond >= _NONE:
        return 0.0
    if beyond > _FULL:
        return float(0.5 * (1.0 + np.cos(np.pi * (beyond - _FULL) / (_NONE - _FULL))))
    return 1.0


@njit(cache=True, nogil=True)
def _threshold(thousandths: Any) -> int:
    """Return the least weight of a bond at the most likely coordination number, in thousandths.

    The weights part the range from 0 to 1 in intervals. The likelihood of having as bonds just those that reach
    the upper end of an interval is the share of a quarter disc above it; above all of them, no bond.
    """
    order = np.sort(thousandths)[::-1]
    highest = order[0]
    least, likelihood = highest, -1.0
    for k in range(order.size):
        following = order[k + 1] if k + 1 < order.size else 0
        if order[k] == following or order[k] == 0:
            continue
        share = _disc(order[k] / 1000.0) - _disc(following / 1000.0)
        if share > likelihood + _GREATER:
            least, likelihood = order[k], share
    if 1.0 - _disc(highest / 1000.0) > likelihood + _GREATER:
        return 1001
    return int(least)


@njit(cache=True, nogil=True)
def _disc(x: float) -> float:
    """Return the share of a quarter of the unit disc that lies left of x."""
    return float((x * np.sqrt(1.0 - x * x) + np.arcsin(x)) * 2.0 / np.pi)
