"""Compiled choice of a lattice's bases: the shortest vectors, in the arrangement whose numbers come first."""

from __future__ import annotations

from math import floor, sqrt
from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.material.canonical_crystal.reduction import dot

# A number of steps is cut off here, not at whole steps: lengths and angles of crystals are round numbers and halves,
# thirds, eighths of them, and must not stand where rounding decides. No fraction with a small denominator is near.
OFFSET = 0.4874427


@njit(cache=True, nogil=True)
def steps_in(length: float, step: float) -> int:
    """Return a length as a whole number of steps."""
    return floor(length / step + OFFSET)


@njit(cache=True, nogil=True)
def _short_vectors(basis: Any, step: float, vectors: Any, coefficients: Any, lengths: Any) -> None:
    """List the 124 vectors with coefficients from -2 to 2: all that attain a minimum are among them."""
    place = 0
    for a in range(-2, 3):
        for b in range(-2, 3):
            for c in range(-2, 3):
                if a == 0 and b == 0 and c == 0:
                    continue
                coefficients[place, 0], coefficients[place, 1], coefficients[place, 2] = a, b, c
                for axis in range(3):
                    vectors[place, axis] = a * basis[0, axis] + b * basis[1, axis] + c * basis[2, axis]
                lengths[place] = steps_in(sqrt(dot(vectors[place], vectors[place])), step)
                place += 1


@njit(cache=True, nogil=True)
def _determinant(a: Any, b: Any, c: Any) -> Any:
    return (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )


@njit(cache=True, nogil=True)
def _project(a: Any, b: Any, c: Any, step: float, numbers: Any) -> None:
    """Fill numbers (3,) with a·b/|a|, a·c/|a| and b·c/|b|, in steps."""
    numbers[0] = steps_in(dot(a, b) / sqrt(dot(a, a)), step)
    numbers[1] = steps_in(dot(a, c) / sqrt(dot(a, a)), step)
    numbers[2] = steps_in(dot(b, c) / sqrt(dot(b, b)), step)


@njit(cache=True, nogil=True)
def _order(numbers: Any, best: Any) -> int:
    """Return -1, 0 or 1 where numbers (3,) come before, are, or come after the best so far."""
    for place in range(3):
        if numbers[place] != best[place]:
            return -1 if numbers[place] < best[place] else 1
    return 0


@njit(cache=True, nogil=True)
def _keep(a: Any, b: Any, c: Any, bases: Any, place: int) -> None:
    if place < len(bases):
        for axis in range(3):
            bases[place, 0, axis], bases[place, 1, axis], bases[place, 2, axis] = a[axis], b[axis], c[axis]


@njit(cache=True, nogil=True)
def least_bases(basis: Any, step: float, shape: Any, bases: Any) -> int:
    """Find the right-handed bases of shortest vectors whose projections on one another come first.

    Parameters
    ----------
    basis
        Reduced and right-handed, rows in Å.
    step
        Å: lengths and projections are compared as whole numbers of it.
    shape
        Filled with six whole numbers: the lengths, and a·b/|a|, a·c/|a|, b·c/|b|.
    bases
        (k, 3, 3), filled with the coefficients of the bases found.

    Returns
    -------
    How many there are: the number of rotations that keep the lattice; -1 where there are none or more than k.
    """
    vectors, coefficients = np.empty((124, 3)), np.empty((124, 3), np.int64)
    lengths = np.empty(124, np.int64)
    _short_vectors(basis, step, vectors, coefficients, lengths)
    for row in range(3):
        shape[row] = steps_in(sqrt(dot(basis[row], basis[row])), step)
    best, numbers = np.full(3, np.iinfo(np.int64).max), np.empty(3, np.int64)
    found = 0
    second, third = np.flatnonzero(lengths == shape[1]), np.flatnonzero(lengths == shape[2])
    for a in np.flatnonzero(lengths == shape[0]):
        for b in second:
            for c in third:
                if _determinant(coefficients[a], coefficients[b], coefficients[c]) != 1:
                    continue
                _project(vectors[a], vectors[b], vectors[c], step, numbers)
                order = _order(numbers, best)
                if order < 0:
                    found = 0
                    best[0], best[1], best[2] = numbers[0], numbers[1], numbers[2]
                if order <= 0:
                    _keep(coefficients[a], coefficients[b], coefficients[c], bases, found)
                    found += 1
    for place in range(3):
        shape[3 + place] = best[place]
    return found if 0 < found <= len(bases) else -1
