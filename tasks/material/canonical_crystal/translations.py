"""Compiled search for the translations that map a crystal onto itself, and the lattice they span."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.material.canonical_crystal.reduction import set_identity
from matsluice.tasks.material.canonical_crystal.site_grid import site_at


@njit(cache=True, nogil=True)
def _maps(shift: Any, lattice: Any, positions: Any, labels: Any, boxes: Any, square: float) -> bool:
    """Return whether every site, moved by a shift (3,), comes to stand on one of its kind."""
    counts, margins, first, following = boxes
    for site in range(len(labels)):
        x, y, z = (
            positions[site, 0] + shift[0],
            positions[site, 1] + shift[1],
            positions[site, 2] + shift[2],
        )
        if (
            site_at(
                x,
                y,
                z,
                labels[site],
                lattice,
                positions,
                labels,
                counts,
                margins,
                first,
                following,
                square,
            )
            < 0
        ):
            return False
    return True


@njit(cache=True, nogil=True)
def find_shifts(
    rare: Any, lattice: Any, positions: Any, labels: Any, boxes: Any, square: float, shifts: Any
) -> int:
    """Fill shifts with the translations that keep the crystal, zero among them, and return how many there are.

    Parameters
    ----------
    rare
        The sites of one label; every translation takes the first of them to another one.
    shifts
        (at least as many as rare, 3), fractional.
    """
    found = 0
    for site in rare:
        for axis in range(3):
            shifts[found, axis] = positions[site, axis] - positions[rare[0], axis]
        if _maps(shifts[found], lattice, positions, labels, boxes, square):
            found += 1
    return found


@njit(cache=True, nogil=True)
def _insert(spanned: Any, vector: Any) -> None:
    """Add a vector (3,) of whole numbers to a lattice in triangular form (3, 3)."""
    for axis in range(3):
        while vector[axis] != 0:
            times = spanned[axis, axis] // vector[axis]
            for other in range(axis, 3):
                left = spanned[axis, other] - times * vector[other]
                spanned[axis, other] = vector[other]
                vector[other] = left
        if spanned[axis, axis] < 0:
            for other in range(axis, 3):
                spanned[axis, other] = -spanned[axis, other]
    # Numbers above the diagonal would grow from vector to vector.
    for axis in range(1, 3):
        for row in range(axis):
            times = spanned[row, axis] // spanned[axis, axis]
            for other in range(axis, 3):
                spanned[row, other] -= times * spanned[axis, other]


@njit(cache=True, nogil=True)
def span(shifts: Any, lattice: Any, square: float, spanned: Any) -> bool:
    """Fill spanned (3, 3) with the lattice of m shifts, in m-ths of the cell; return whether they are a group.

    A shift, repeated m times, is a lattice vector: shifts are brought to m-ths of the cell, and the group's lattice
    has m points in a cell.

    Parameters
    ----------
    shifts
        (m, 3), replaced by the exact ones.
    """
    order = len(shifts)
    vector = np.empty(3, np.int64)
    set_identity(spanned)
    for axis in range(3):
        spanned[axis, axis] = order
    for shift in shifts:
        missed = 0.0
        for axis in range(3):
            vector[axis] = np.int64(np.round(shift[axis] * order))
        for axis in range(3):
            component = 0.0
            for row in range(3):
                component += (shift[row] - vector[row] / order) * lattice[row, axis]
            missed += component * component
        if missed > square:
            return False
        for axis in range(3):
            shift[axis] = vector[axis] / order
        _insert(spanned, vector)
    return bool(spanned[0, 0] * spanned[1, 1] * spanned[2, 2] == order * order)


@njit(cache=True, nogil=True)
def fold(
    shifts: Any, lattice: Any, positions: Any, labels: Any, boxes: Any, square: float, kept: Any, means: Any
) -> int:
    """Bring sites that are one site of the primitive cell to their mean; return how many are left, or -1.

    Parameters
    ----------
    kept, means
        (sites,) and (sites, 3), filled at the front: which sites stand for the others, and the means.

    Returns
    -------
    -1 where the shifts do not divide the sites into groups of equal size.
    """
    counts, margins, first, following = boxes
    # The exact shift may miss a site by more than the one that was found.
    wider = np.empty(3)
    for axis in range(3):
        wider[axis] = 2.0 * margins[axis]
    is_taken, total = np.zeros(len(labels), np.bool_), np.empty(3)
    found = 0
    for site in range(len(labels)):
        if is_taken[site]:
            continue
        for axis in range(3):
            total[axis] = 0.0
        for shift in shifts:
            x, y, z = (
                positions[site, 0] + shift[0],
                positions[site, 1] + shift[1],
                positions[site, 2] + shift[2],
            )
            other = site_at(
                x,
                y,
                z,
                labels[site],
                lattice,
                positions,
                labels,
                counts,
                wider,
                first,
                following,
                4.0 * square,
            )
            if other < 0 or is_taken[other]:
                return -1
            is_taken[other] = True
            for axis in range(3):
                apart = positions[other, axis] - positions[site, axis] - shift[axis]
                total[axis] += apart - np.round(apart)
        kept[found] = site
        for axis in range(3):
            means[found, axis] = positions[site, axis] + total[axis] / len(shifts)
        found += 1
    return found
