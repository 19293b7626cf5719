"""Compiled angles between the bonds of each atom."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def bond_angles(starts: Any, vectors: Any) -> Any:
    """Return (bounds, angles, least): the angles at each site, and each neighbour's least angle to another one.

    Parameters
    ----------
    starts : (m + 1,) int64
        Where each site's neighbours begin.
    vectors : (p, 3) float64
        From site to neighbour.

    Returns
    -------
    bounds : (m + 1,) int64
        Where each site's angles begin, one for each pair of its neighbours.
    angles : (q,) float64
        Degrees.
    site_mean : (m,) float64
        Degrees: mean over a site's neighbours of their least angle; NaN where a site has one neighbour.
    """
    sites = starts.size - 1
    bounds = np.zeros(sites + 1, np.int64)
    most = 1
    for site in range(sites):
        count = starts[site + 1] - starts[site]
        bounds[site + 1] = bounds[site] + count * (count - 1) // 2
        most = max(most, count)
    angles, site_mean = np.empty(bounds[sites]), np.full(sites, np.nan)
    least = np.empty(most)
    for site in range(sites):
        first, last = starts[site], starts[site + 1]
        least[:] = np.inf
        place = bounds[site]
        for one in range(first, last):
            for other in range(one + 1, last):
                angle = _angle(vectors[one], vectors[other])
                angles[place] = angle
                place += 1
                least[one - first] = min(least[one - first], angle)
                least[other - first] = min(least[other - first], angle)
        if last - first > 1:
            total = 0.0
            for one in range(last - first):
                total += least[one]
            site_mean[site] = total / (last - first)
    return bounds, angles, site_mean


@njit(cache=True, nogil=True)
def _angle(one: Any, other: Any) -> float:
    """Return the angle in degrees; from sine and cosine, because the cosine alone says little near 0° and 180°."""
    dot = one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
    x = one[1] * other[2] - one[2] * other[1]
    y = one[2] * other[0] - one[0] * other[2]
    z = one[0] * other[1] - one[1] * other[0]
    return float(np.arctan2(np.sqrt(x * x + y * y + z * z), dot) * (180.0 / np.pi))
