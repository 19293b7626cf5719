"""Compiled statistics over pairs of neighbouring elements."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def pair_statistics(  # noqa: C901 - loops over sites and pairs, one count after the other
    offsets: Any,
    atomic_numbers: Any,
    starts: Any,
    neighbour: Any,
    distance: Any,
    electronegativity: Any,
    radius: Any,
    out: Any,
) -> None:
    """Fill out (n, 7) with the columns of `element_pairs`, in their order.

    Parameters
    ----------
    offsets, atomic_numbers : arrays
        Of a `CrystalBatch` of n crystals.
    starts, neighbour, distance : arrays
        Of its `Neighbours`.
    electronegativity, radius : (119,) float64
        By atomic number, NaN where missing.
    out : (n, 7) float64
        The result.
    """
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        lowest, highest = np.inf, -np.inf
        for site in range(first, last):
            value = electronegativity[atomic_numbers[site]]
            if np.isnan(value):
                lowest, highest = np.nan, np.nan
                break
            lowest, highest = min(lowest, value), max(highest, value)
        like, difference, largest, relative = 0, 0.0, 0.0, 0.0
        ends = np.zeros((2, 2))  # of the least and the most electronegative: atoms, their neighbours
        for site in range(first, last):
            mine = atomic_numbers[site]
            for pair in range(starts[site], starts[site + 1]):
                theirs = atomic_numbers[neighbour[pair]]
                like += mine == theirs
                apart = abs(electronegativity[mine] - electronegativity[theirs])
                difference += apart
                largest = max(largest, apart)
                relative += distance[pair] / (radius[mine] + radius[theirs])
            for end, extreme in enumerate((lowest, highest)):
                if electronegativity[mine] == extreme:
                    ends[end, 0] += 1.0
                    ends[end, 1] += starts[site + 1] - starts[site]
        pairs = starts[last] - starts[first]
        known = not np.isnan(lowest)
        out[crystal, 0] = like / pairs
        out[crystal, 1] = difference / pairs if known else np.nan
        out[crystal, 2] = largest if known else np.nan
        out[crystal, 3] = ends[0, 1] / ends[0, 0] if known else np.nan
        out[crystal, 4] = ends[1, 1] / ends[1, 0] if known else np.nan
        out[crystal, 5] = (pairs - like) / (last - first)
        out[crystal, 6] = relative / pairs
        if np.isnan(out[crystal, 6]):
            continue
        for site in range(first, last):
            if np.isnan(radius[atomic_numbers[site]]):
                out[crystal, 6] = np.nan
