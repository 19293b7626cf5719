"""Compiled statistics of Voronoi cells: of each site's faces, and of a crystal's sites."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def site_values(starts: Any, distance: Any, area: Any) -> Any:
    """Return (5, m): effective coordination number, bond length, its relative deviation, volume, inscribed sphere.

    Parameters
    ----------
    starts, distance, area : arrays
        The columns of `VoronoiCells` of m sites.
    """
    out = np.zeros((5, starts.size - 1))
    for site in range(starts.size - 1):
        total, squares, lengths, deviation = 0.0, 0.0, 0.0, 0.0
        for pair in range(starts[site], starts[site + 1]):
            total += area[pair]
            squares += area[pair] * area[pair]
            lengths += area[pair] * distance[pair]
        mean = lengths / total
        for pair in range(starts[site], starts[site + 1]):
            deviation += area[pair] * abs(distance[pair] - mean)
        out[0, site] = total * total / squares
        out[1, site] = mean
        out[2, site] = deviation / total / mean
        out[3, site] = lengths / 6.0  # a third of the area times half the distance
        out[4, site] = np.pi / 6.0 * distance[starts[site]] ** 3  # the nearest neighbour's face is touched
    return out


@njit(cache=True, nogil=True)
def mean_deviations(bounds: Any, column: Any, out: Any) -> None:
    """Fill out (n,) with the mean absolute deviation from the mean of ``column[bounds[i]:bounds[i + 1]]``."""
    for row in range(bounds.size - 1):
        total, deviation = 0.0, 0.0
        count = bounds[row + 1] - bounds[row]
        for entry in range(bounds[row], bounds[row + 1]):
            total += column[entry]
        for entry in range(bounds[row], bounds[row + 1]):
            deviation += abs(column[entry] - total / count)
        out[row] = deviation / count
