"""Compiled Coulomb matrices of the atoms of a cell, each at its shortest distance over all images."""

from __future__ import annotations

from math import ceil, floor, sqrt
from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _shortest(lattice: Any, heights: Any, apart: Any) -> float:
    """Return the length of the shortest vector of this fractional difference, whatever the shape of the cell."""
    best = 0.0
    for k in range(3):
        apart[k] -= np.round(apart[k])
    for x in range(3):
        along = apart[0] * lattice[0, x] + apart[1] * lattice[1, x] + apart[2] * lattice[2, x]
        best += along * along
    reach = sqrt(best) * (1.0 + 1e-12)  # no image farther than this along a height can be nearer
    low, high = np.empty(3, dtype=np.int64), np.empty(3, dtype=np.int64)
    for k in range(3):
        low[k] = ceil(-reach / heights[k] - apart[k])
        high[k] = floor(reach / heights[k] - apart[k])
    for a in range(low[0], high[0] + 1):
        for b in range(low[1], high[1] + 1):
            for c in range(low[2], high[2] + 1):
                square = 0.0
                for x in range(3):
                    along = (apart[0] + a) * lattice[0, x] + (apart[1] + b) * lattice[1, x]
                    along += (apart[2] + c) * lattice[2, x]
                    square += along * along
                best = min(best, square)
    return sqrt(best)


@njit(cache=True, nogil=True)
def coulomb_matrix(
    lattice: Any, reciprocal: Any, positions: Any, atomic_numbers: Any, bohr: float, out: Any
) -> None:
    """Fill out (s, s) with Z Z'/r, and Z^2.4 / 2 on the diagonal, hartree.

    Parameters
    ----------
    lattice, reciprocal : (3, 3) float64
        Rows a, b, c in Å, and rows that multiply with them to 1.
    positions : (s, 3) float64
        Fractional coordinates.
    atomic_numbers : (s,) int16
        Z.
    bohr : float
        Å.
    out : (s, s) float64
        The result.
    """
    heights = np.empty(3)
    for k in range(3):
        heights[k] = 1.0 / sqrt((reciprocal[k] ** 2).sum())
    for i in range(atomic_numbers.size):
        charge = float(atomic_numbers[i])
        out[i, i] = 0.5 * charge**2.4
        for j in range(i):
            r = _shortest(lattice, heights, positions[j] - positions[i])
            out[i, j] = charge * atomic_numbers[j] * bohr / r
            out[j, i] = out[i, j]
