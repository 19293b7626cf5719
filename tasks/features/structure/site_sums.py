"""Compiled sums over the sites of each crystal."""

from __future__ import annotations

from typing import Any

from numba import njit


@njit(cache=True, nogil=True)
def occupied_sums(offsets: Any, atomic_numbers: Any, occupancies: Any, table: Any, out: Any) -> None:
    """Fill out (n, 1 + p) with the number of atoms in each cell and the sums of their properties.

    Parameters
    ----------
    offsets, atomic_numbers, occupancies : arrays
        The columns of a `CrystalBatch` of n crystals.
    table : (119, p) float64
        Properties by atomic number; a missing one (NaN) leaves its sum missing.
    out : (n, 1 + p) float64
        The result.
    """
    width = table.shape[1]
    for crystal in range(offsets.size - 1):
        sums = out[crystal]
        sums[:] = 0.0
        for site in range(offsets[crystal], offsets[crystal + 1]):
            share = occupancies[site]
            sums[0] += share
            for p in range(width):
                sums[1 + p] += share * table[atomic_numbers[site], p]
