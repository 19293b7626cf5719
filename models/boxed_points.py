"""Points of few dimensions, those that lie close together in one box."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Points of a box, and boxes looked at together: what a few vector registers hold.
LANES = 16
# Dimensions of the points. Of Magpie's features the 24 directions of most variance hold 90 % of it, and leave one or
# two of 2500 rows to be compared in full for whether any is near.
DIRECTIONS = 24
# By how many of them, the first, boxes are told to be far: further ones would tell few of those that are left.
LEADING = 8
# Beyond every place.
NOWHERE = np.iinfo(np.int64).max


class BoxedPoints(NamedTuple):
    """Points in boxes of `LANES`, by halving them where they vary most, again and again.

    As for a k-d tree (Bentley 1975, doi:10.1145/361002.361007), of which only the leaves are kept: to look through all
    of them, many at a time, takes less than to go down and up.

    Attributes
    ----------
    corners
        Low and high ends of the boxes in the first directions, (groups, 2, LEADING, LANES) float32: of LANES boxes a
        group, infinite where there is none.
    inside
        The points of each box, (boxes, DIRECTIONS, LANES) float32; infinite where there is none.
    places
        Which point stands where, (boxes, LANES); where there is none, NOWHERE.
    """

    corners: NDArray[np.float32]
    inside: NDArray[np.float32]
    places: NDArray[np.int64]

    @classmethod
    def of(cls, points: NDArray[np.float32]) -> BoxedPoints:
        """Put m ≥ 1 points (m, DIRECTIONS) into boxes.

        Examples
        --------
        >>> line = np.arange(40.0, dtype=np.float32)[:, None] * np.ones(DIRECTIONS, dtype=np.float32)
        >>> BoxedPoints.of(line).places[:3, 0].tolist()
        [0, 16, 32]
        """
        boxes = _halved(points, np.arange(len(points)))
        groups = -(-len(boxes) // LANES)
        corners = np.full((groups, 2, LEADING, LANES), np.inf, dtype=np.float32)
        inside = np.full((groups * LANES, DIRECTIONS, LANES), np.inf, dtype=np.float32)
        places = np.full((groups * LANES, LANES), NOWHERE, dtype=np.int64)
        for number, box in enumerate(boxes):
            inside[number, :, : len(box)] = points[box].T
            places[number, : len(box)] = box
            group, lane = divmod(number, LANES)
            leading = points[box, :LEADING]
            corners[group, :, :, lane] = leading.min(axis=0), leading.max(axis=0)
        return cls(corners, inside, places)


def _halved(points: NDArray[np.float32], which: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return boxes of some points, all full but one."""
    if len(which) <= LANES:
        return [which]
    values = points[which]
    # In float64, or the squares of large ones would be infinite.
    widest = int(np.argmax(values.var(axis=0, dtype=np.float64)))
    order = which[np.argsort(values[:, widest], kind="stable")]
    half = LANES * -(-len(which) // (2 * LANES))
    return _halved(points, order[:half]) + _halved(points, order[half:])
