"""Compiled search for atoms that stand at one place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def first_overlap(lattices: Any, offsets: Any, positions: Any, occupancies: Any, shortest: float) -> Any:
    """Return for each crystal the first two sites nearer than `shortest`, or (-1, -1), and their distance.

    Two sites whose occupancies add up to at most 1 may stand for one atom that is here or there; they do not
    overlap. A site overlaps its own image where a lattice vector is that short.

    Parameters
    ----------
    lattices, offsets, positions, occupancies : arrays
        The columns of a `CrystalBatch` of n crystals.
    shortest : float
        Å.

    Returns
    -------
    pairs : (n, 2) int64
        Indices within the crystal.
    distances : (n,) float64
        Å, NaN where there is no such pair.
    """
    crystals = offsets.size - 1
    pairs = np.full((crystals, 2), -1, np.int64)
    distances = np.full(crystals, np.nan)
    for crystal in range(crystals):
        lattice = lattices[crystal]
        inverse = np.linalg.inv(lattice)
        # A point within `shortest` of another is at most so many cells away along each axis.
        reach, heights = np.empty(3, np.int64), np.empty(3)
        for axis in range(3):
            heights[axis] = 1.0 / np.sqrt(
                inverse[0, axis] ** 2 + inverse[1, axis] ** 2 + inverse[2, axis] ** 2
            )
            reach[axis] = np.int64(np.ceil(shortest / heights[axis]))
        first, last = offsets[crystal], offsets[crystal + 1]
        for i in range(first, last):
            for j in range(i, last):
                if occupancies[i] + occupancies[j] <= 1.0 and i != j:
                    continue
                if i != j and _is_far(positions[i], positions[j], heights, shortest):
                    continue
                distance = _nearest(lattice, positions[i], positions[j], reach, i == j)
                if distance < shortest:
                    pairs[crystal, 0], pairs[crystal, 1] = i - first, j - first
                    distances[crystal] = distance
                    break
            if pairs[crystal, 0] >= 0:
                break
    return pairs, distances


@njit(cache=True, nogil=True)
def _is_far(one: Any, other: Any, heights: Any, shortest: float) -> bool:
    """Return whether two sites stand in planes too far apart for any of their images to be near."""
    for axis in range(3):
        difference = other[axis] - one[axis]
        if abs(difference - np.round(difference)) * heights[axis] >= shortest:
            return True
    return False


@njit(cache=True, nogil=True)
def _nearest(lattice: Any, one: Any, other: Any, reach: Any, itself: bool) -> float:
    """Return the distance from `one` to the nearest image of `other`, among those that can be near."""
    difference = other - one
    nearest = np.inf
    # Rounding to the nearest cell leaves at most half a cell, so one more on each side is enough.
    centre = np.empty(3)
    for axis in range(3):
        centre[axis] = difference[axis] - np.round(difference[axis])
    for a in range(-reach[0], reach[0] + 1):
        for b in range(-reach[1], reach[1] + 1):
            for c in range(-reach[2], reach[2] + 1):
                if itself and a == 0 and b == 0 and c == 0:
                    continue
                square = 0.0
                for axis in range(3):
                    component = (
                        (centre[0] + a) * lattice[0, axis]
                        + (centre[1] + b) * lattice[1, axis]
                        + (centre[2] + c) * lattice[2, axis]
                    )
                    square += component * component
                nearest = min(nearest, square)
    return float(np.sqrt(nearest))
