"""Compiled bond-valence sums."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def bond_valence_sums(
    starts: Any, neighbour: Any, distance: Any, ion: Any, length: Any, softness: Any
) -> Any:
    """Return (m,) the sums over each site's neighbours of exp((R₀ - d)/b), valence units.

    Parameters
    ----------
    starts, neighbour, distance : arrays
        Of the `Neighbours` of m sites.
    ion : (m,) int64
        Which ion a site holds; -1 for none, whose bonds have no valence.
    length, softness : (k, k) float64
        R₀ and b of each pair of ions, Å; NaN where two ions have no bond valence.
    """
    sums = np.zeros(starts.size - 1)
    for site in range(starts.size - 1):
        mine = ion[site]
        if mine < 0:
            continue
        for pair in range(starts[site], starts[site + 1]):
            theirs = ion[neighbour[pair]]
            if theirs >= 0 and not np.isnan(length[mine, theirs]):
                sums[site] += np.exp((length[mine, theirs] - distance[pair]) / softness[mine, theirs])
    return sums
