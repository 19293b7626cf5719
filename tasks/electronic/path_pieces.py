"""A list of k-points along a path, cut into its straight pieces."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_TURN: Final = 1e-4  # of 1: what the sine of an angle between two steps may be, from rounded k-points
_SAME: Final = 1e-6  # in reciprocal lattice vectors: two k-points are one


def straight_pieces(kpoints: NDArray[np.float64]) -> tuple[tuple[int, int], ...]:
    """Return (start, stop) of each straight piece, of at least two k-points; neighbours may share a point.

    Examples
    --------
    >>> import numpy as np
    >>> straight_pieces(np.array([[0, 0, 0], [0.1, 0, 0], [0.2, 0, 0], [0.2, 0.1, 0], [0.2, 0.2, 0.0]]))
    ((0, 3), (2, 5))
    """
    pieces: list[tuple[int, int]] = []
    start = 0
    for at in range(1, len(kpoints)):
        step = kpoints[at] - kpoints[at - 1]
        length = float(np.linalg.norm(step))
        if length < _SAME:  # a point written twice: the end of one piece and the beginning of the next
            pieces.append((start, at))
            start = at
        elif at - start >= 2:
            before = kpoints[at - 1] - kpoints[at - 2]
            turn = np.linalg.norm(np.cross(before, step)) / (np.linalg.norm(before) * length)
            if turn > _TURN or before @ step < 0:
                pieces.append((start, at))
                start = at - 1
    pieces.append((start, len(kpoints)))
    return tuple((first, stop) for first, stop in pieces if stop - first >= 2)
