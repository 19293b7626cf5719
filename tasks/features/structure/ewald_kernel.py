"""Compiled Ewald summation: plain loops over one crystal after the other, whose bits depend on it alone."""

from __future__ import annotations

from math import ceil, cos, erfc, exp, floor, log, pi, sin, sqrt
from typing import Any

import numpy as np
from numba import njit

# Both sums stop where a term has fallen to 1e-12 of the first.
REACH = sqrt(log(1e12))
# Greater than pymatgen's 1/√2: here a wave costs a pass over the sites, a pair of sites an erfc.
BALANCE = 4.0


@njit(cache=True, nogil=True)
def _near(lattice: Any, heights: Any, positions: Any, charges: Any, eta: float) -> float:
    """Return Σ q q erfc(√η r)/r over pairs of atoms within reach, each pair once, in e²/Å."""
    root, reach = sqrt(eta), REACH / sqrt(eta)
    total = 0.0
    low, high = np.empty(3, dtype=np.int64), np.empty(3, dtype=np.int64)
    for i in range(charges.size):
        for j in range(i, charges.size):
            apart = positions[j] - positions[i]
            for k in range(3):
                low[k] = ceil(-reach / heights[k] - apart[k])
                high[k] = floor(reach / heights[k] - apart[k])
            summed = 0.0
            for a in range(low[0], high[0] + 1):
                for b in range(low[1], high[1] + 1):
                    for c in range(low[2], high[2] + 1):
                        u, v, w = apart[0] + a, apart[1] + b, apart[2] + c
                        x = u * lattice[0, 0] + v * lattice[1, 0] + w * lattice[2, 0]
                        y = u * lattice[0, 1] + v * lattice[1, 1] + w * lattice[2, 1]
                        z = u * lattice[0, 2] + v * lattice[1, 2] + w * lattice[2, 2]
                        square = x * x + y * y + z * z
                        if 1e-12 < square <= reach * reach:
                            r = sqrt(square)
                            summed += erfc(root * r) / r
            # An atom and its own images: each pair is met from both ends.
            total += charges[i] * charges[j] * (0.5 * summed if i == j else summed)
    return total


@njit(cache=True, nogil=True)
def _far(reciprocal: Any, lengths: Any, positions: Any, charges: Any, eta: float, volume: float) -> float:
    """Return 2π/V Σ exp(-G²/4η)/G² |S(G)|² over the waves within reach, in e²/Å; rows of reciprocal have no 2π."""
    reach = 2.0 * sqrt(eta) * REACH / (2.0 * pi)
    top = np.empty(3, dtype=np.int64)
    for k in range(3):
        top[k] = floor(reach * lengths[k])  # |h| ≤ |G||a|
    total = 0.0
    for h in range(top[0] + 1):  # -G is G again
        for k in range(-top[1] if h else 0, top[1] + 1):
            for m in range(-top[2] if h or k else 1, top[2] + 1):
                x = h * reciprocal[0, 0] + k * reciprocal[1, 0] + m * reciprocal[2, 0]
                y = h * reciprocal[0, 1] + k * reciprocal[1, 1] + m * reciprocal[2, 1]
                z = h * reciprocal[0, 2] + k * reciprocal[1, 2] + m * reciprocal[2, 2]
                square = x * x + y * y + z * z
                if square > reach * reach:
                    continue
                real, imaginary = 0.0, 0.0
                for i in range(charges.size):
                    phase = 2.0 * pi * (h * positions[i, 0] + k * positions[i, 1] + m * positions[i, 2])
                    real += charges[i] * cos(phase)
                    imaginary += charges[i] * sin(phase)
                wave = 4.0 * pi * pi * square
                total += 2.0 * exp(-wave / (4.0 * eta)) / wave * (real * real + imaginary * imaginary)
    return total * 2.0 * pi / volume


@njit(cache=True, nogil=True)
def ewald_energies(
    lattices: Any, reciprocals: Any, volumes: Any, offsets: Any, positions: Any, charges: Any, out: Any
) -> None:
    """Fill out (n,) with the energy per atom of point charges, e²/Å; NaN where a charge is NaN.

    Parameters
    ----------
    lattices, reciprocals : (n, 3, 3) float64
        Rows a, b, c in Å, and rows that multiply with them to 1, without 2π.
    volumes : (n,) float64
        Å³.
    offsets : (n + 1,) int64
        Where each crystal's sites begin.
    positions : (m, 3) float64
        Fractional coordinates.
    charges : (m,) float64
        e, adding up to zero in every crystal.
    out : (n,) float64
        The result.
    """
    for row in range(offsets.size - 1):
        sites = slice(offsets[row], offsets[row + 1])
        place, charge = positions[sites], charges[sites]
        if np.isnan(charge).any():
            out[row] = np.nan
            continue
        heights, lengths = np.empty(3), np.empty(3)
        for k in range(3):
            heights[k] = 1.0 / sqrt((reciprocals[row, k] ** 2).sum())
            lengths[k] = sqrt((lattices[row, k] ** 2).sum())
        eta = pi * (charge.size * BALANCE / volumes[row] ** 2) ** (1.0 / 3.0)
        self_energy = sqrt(eta / pi) * (charge * charge).sum()
        near = _near(lattices[row], heights, place, charge, eta)
        far = _far(reciprocals[row], lengths, place, charge, eta, volumes[row])
        out[row] = (near + far - self_energy) / charge.size
