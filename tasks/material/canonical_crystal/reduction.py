"""Compiled Minkowski reduction: the three shortest vectors that span a lattice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Of a squared length: what is shorter by less is rounding, and would be exchanged for ever.
_EQUAL = 1e-12
_MOST_ROUNDS = 1000


@njit(cache=True, nogil=True)
def dot(one: Any, other: Any) -> Any:
    """Return the scalar product of two vectors (3,)."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


@njit(cache=True, nogil=True)
def set_identity(matrix: Any) -> None:
    """Make a matrix (3, 3) the identity; in plain loops, which compile in a tenth of the time."""
    for i in range(3):
        for j in range(3):
            matrix[i, j] = 1 if i == j else 0


@njit(cache=True, nogil=True)
def multiply(one: Any, other: Any, out: Any) -> None:
    """Fill out (3, 3) with the product of two matrices."""
    for i in range(3):
        for j in range(3):
            out[i, j] = one[i, 0] * other[0, j] + one[i, 1] * other[1, j] + one[i, 2] * other[2, j]


@njit(cache=True, nogil=True)
def adjugate(matrix: Any, out: Any) -> Any:
    """Fill out (3, 3) with the adjugate, which is the inverse times the determinant; return the determinant."""
    for i in range(3):
        for j in range(3):
            # Cyclic indices carry the signs of the cofactors.
            a, b, c, d = (j + 1) % 3, (j + 2) % 3, (i + 1) % 3, (i + 2) % 3
            out[i, j] = matrix[a, c] * matrix[b, d] - matrix[a, d] * matrix[b, c]
    return matrix[0, 0] * out[0, 0] + matrix[0, 1] * out[1, 0] + matrix[0, 2] * out[2, 0]


@njit(cache=True, nogil=True)
def _subtract(basis: Any, steps: Any, row: int, times: float, other: int) -> None:
    for axis in range(3):
        basis[row, axis] -= times * basis[other, axis]
        steps[row, axis] -= times * steps[other, axis]


@njit(cache=True, nogil=True)
def _sort(basis: Any, steps: Any) -> None:
    """Bring the rows into the order of their lengths."""
    for row, other in ((0, 1), (1, 2), (0, 1)):
        if dot(basis[other], basis[other]) < dot(basis[row], basis[row]):
            for axis in range(3):
                basis[row, axis], basis[other, axis] = basis[other, axis], basis[row, axis]
                steps[row, axis], steps[other, axis] = steps[other, axis], steps[row, axis]


@njit(cache=True, nogil=True)
def _shorten_second(basis: Any, steps: Any) -> bool:
    before = dot(basis[1], basis[1])
    times = np.round(dot(basis[0], basis[1]) / dot(basis[0], basis[0]))
    if times == 0.0:
        return False
    _subtract(basis, steps, 1, times, 0)
    return bool(dot(basis[1], basis[1]) < before * (1.0 - _EQUAL))


@njit(cache=True, nogil=True)
def _shorten_third(basis: Any, steps: Any) -> bool:
    """Subtract the point of the first two's lattice that is nearest to the third."""
    aa, ab, bb = dot(basis[0], basis[0]), dot(basis[0], basis[1]), dot(basis[1], basis[1])
    ac, bc, cc = dot(basis[0], basis[2]), dot(basis[1], basis[2]), dot(basis[2], basis[2])
    area = aa * bb - ab * ab
    x, y = np.round((ac * bb - bc * ab) / area), np.round((bc * aa - ac * ab) / area)
    best, best_x, best_y = cc * (1.0 - _EQUAL), 0.0, 0.0
    # The first two are reduced, so the nearest point is a neighbour of the rounded one.
    for i in range(-1, 2):
        for j in range(-1, 2):
            p, q = x + i, y + j
            length = cc + p * p * aa + q * q * bb + 2.0 * (p * q * ab - p * ac - q * bc)
            if length < best:
                best, best_x, best_y = length, p, q
    if best_x == 0.0 and best_y == 0.0:
        return False
    _subtract(basis, steps, 2, best_x, 0)
    _subtract(basis, steps, 2, best_y, 1)
    return True


@njit(cache=True, nogil=True)
def reduce_basis(basis: Any, steps: Any) -> bool:
    """Reduce the rows of basis (3, 3) in place: lengths are the lattice's successive minima, right-handed.

    Parameters
    ----------
    basis
        Lattice vectors as rows, Å.
    steps
        Filled with the whole numbers (3, 3) by which the old basis has to be multiplied.

    Returns
    -------
    Whether it came to an end; the rounding of very long, flat cells could keep it from one.
    """
    given = basis.copy()
    set_identity(steps)
    for _ in range(_MOST_ROUNDS):
        _sort(basis, steps)
        if _shorten_second(basis, steps):
            continue
        if not _shorten_third(basis, steps):
            # Once more from the numbers given, without what the rounds have left of rounding.
            multiply(steps, given, basis)
            if adjugate(basis, given) < 0.0:
                for i in range(3):
                    for j in range(3):
                        basis[i, j], steps[i, j] = -basis[i, j], -steps[i, j]
            return True
    return False
