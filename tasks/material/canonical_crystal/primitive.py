"""Compiled way from a crystal as written to its reduced primitive cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.material.canonical_crystal.reduction import (
    adjugate,
    multiply,
    reduce_basis,
    set_identity,
)
from matsluice.tasks.material.canonical_crystal.site_grid import box_counts, fill_boxes
from matsluice.tasks.material.canonical_crystal.translations import find_shifts, fold, span


@njit(cache=True, nogil=True)
def rarest(labels: Any) -> Any:
    """Return the least frequent label, of equals the least, and what all labels' counts can be divided by."""
    ordered = np.sort(labels)
    best, fewest, divisor = ordered[0], ordered.size + 1, 0
    start = 0
    for place in range(1, ordered.size + 1):
        if place == ordered.size or ordered[place] != ordered[start]:
            count = place - start
            if count < fewest:
                best, fewest = ordered[start], count
            left, right = divisor, count
            while right != 0:
                left, right = right, left % right
            divisor = left
            start = place
    return best, divisor


@njit(cache=True, nogil=True)
def _without_copies(
    lattice: Any, positions: Any, labels: Any, rare: Any, divisor: int, tolerance: float, spanned: Any
) -> int:
    """Keep one site of each set of copies, at the front; return how many are left: all where there are none.

    Parameters
    ----------
    spanned
        Filled with the primitive lattice, (3, 3), in m-ths of the cell, where there are m copies.
    """
    counts, heights = np.empty(3, np.int64), np.empty(3)
    box_counts(lattice, labels.size, counts, heights)
    first, following = np.empty(counts[0] * counts[1] * counts[2], np.int64), np.empty(labels.size, np.int64)
    fill_boxes(positions, counts, first, following)
    margins = np.empty(3)
    for axis in range(3):
        margins[axis] = tolerance / heights[axis]
    boxes = (counts, margins, first, following)
    square = tolerance * tolerance
    shifts = np.empty((rare.size, 3))
    order = find_shifts(rare, lattice, positions, labels, boxes, square, shifts)
    # What holds for some sites only, within the tolerance, is no translation of the crystal.
    if order == 1 or divisor % order != 0 or not span(shifts[:order], lattice, square, spanned):
        return int(labels.size)
    kept, means = np.empty(labels.size, np.int64), np.empty((labels.size, 3))
    left = fold(shifts[:order], lattice, positions, labels, boxes, square, kept, means)
    if left * order != labels.size:
        return int(labels.size)
    for place in range(left):
        labels[place] = labels[kept[place]]
        for axis in range(3):
            positions[place, axis] = means[place, axis]
    return left


@njit(cache=True, nogil=True)
def to_primitive(lattice: Any, positions: Any, labels: Any, tolerance: float) -> int:
    """Bring a crystal into its reduced primitive cell, in place; return how many sites it has, -1 where it fails.

    Parameters
    ----------
    lattice
        Rows in Å, right-handed.
    positions, labels
        (sites, 3) in [0, 1) and (sites,); the primitive cell's stand at the front, positions not wrapped.
    tolerance
        Å, how far a translation may miss a site.
    """
    label, divisor = rarest(labels)
    sites = int(labels.size)
    spanned = np.empty((3, 3), np.int64)
    if divisor > 1:
        rare = np.flatnonzero(labels == label)
        sites = _without_copies(lattice, positions, labels, rare, divisor, tolerance, spanned)
    order = labels.size // sites
    if order == 1:
        set_identity(spanned)
    divided, basis, steps = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            divided[i, j] = spanned[i, j] / order
    multiply(divided, lattice, basis)
    if not reduce_basis(basis, steps):
        return -1
    # Both changes of basis are whole numbers, so coordinates lose nothing on the way.
    whole, inverse, change = np.empty((3, 3), np.int64), np.empty((3, 3)), np.empty((3, 3))
    adjugate(spanned, whole)
    turns = adjugate(steps, inverse)
    for i in range(3):
        for j in range(3):
            lattice[i, j] = basis[i, j]
            inverse[i, j] *= turns
            whole[i, j] //= order
    multiply(whole, inverse, change)
    _change_basis(positions[:sites], change)
    return sites


@njit(cache=True, nogil=True)
def _change_basis(positions: Any, change: Any) -> None:
    for site in range(len(positions)):
        x, y, z = positions[site, 0], positions[site, 1], positions[site, 2]
        for axis in range(3):
            positions[site, axis] = x * change[0, axis] + y * change[1, axis] + z * change[2, axis]
