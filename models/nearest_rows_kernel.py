"""Compiled comparison of rows that are not seen to be too far in a few directions.

Rows are told by their places and not taken out of their arrays: one that is taken out is counted as in use, by an
instruction that all cores wait for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.models.boxed_points import LANES, NOWHERE
from matsluice.models.nearest_rows_lanes import (
    COLUMNS,
    points_near,
    points_near_in_all,
    set_box_squares,
    square_of_columns,
)

# What float32 loses of squares and their sum, rounded up.
ROUNDING_OF_SQUARES = 1e-5
# Boxes looked into before all others.
BOXES_FIRST = 3


@njit(cache=True, nogil=True)
def nearest_few(
    X: Any, rows: Any, seen: Any, lost: Any, corners: Any, inside: Any, at: Any, places: Any, squares: Any
) -> None:
    """Find for each new row its nearest rows.

    Parameters
    ----------
    X, rows : (n, columns), (boxes · LANES, columns) float32
        New rows, and known ones in the order of their boxes.
    seen, lost : (n, DIRECTIONS) float32, (n,)
        New rows in the directions, and how far rounding may set them apart from the known ones there.
    corners, inside, at
        The known rows there: `BoxedPoints`.
    places, squares : (n, k) int64, float64
        The result, filled with NOWHERE and infinity.
    """
    boxes = at.shape[0]
    bounds, looked = np.empty(boxes, dtype=np.float32), np.empty(boxes, dtype=np.bool_)
    for new in range(X.shape[0]):
        for group in range(corners.shape[0]):
            set_box_squares(corners, group, seen, new, bounds, group * LANES)
        looked[:] = False
        # What is in the boxes that come nearest makes distances that are hard to beat.
        for _ in range(min(BOXES_FIRST, boxes)):
            nearest = _first_of(bounds, looked)
            looked[nearest] = True
            _compare(X, new, rows, seen, lost[new], inside, at, nearest, places, squares)
        most = _beyond(squares[new, -1], lost[new])
        for box in range(boxes):
            if not (bounds[box] > most or looked[box]):
                _compare(X, new, rows, seen, lost[new], inside, at, box, places, squares)
                most = _beyond(squares[new, -1], lost[new])


@njit(cache=True, nogil=True)
def any_within(
    X: Any,
    rows: Any,
    seen: Any,
    lost: Any,
    corners: Any,
    inside: Any,
    at: Any,
    radius: float,
    recent: Any,
    found: Any,
) -> None:
    """Say of each new row whether any row is at most `radius` away.

    Parameters
    ----------
    X, rows, seen, lost, corners, inside, at
        As in `nearest_few`.
    radius : float
        A distance, not squared.
    recent : (k,) int64
        Where the rows stand that are tried first: those that were near of late, the last one in front.
    found : (n,) bool
        Set where one is.
    """
    # A squared distance above which no distance is `radius`: those are compared, as the caller would do.
    enough, bounds = radius * radius * (1.0 + 1e-12), np.empty(LANES, dtype=np.float32)
    for new in range(X.shape[0]):
        place = 0
        while place < recent.size and not np.sqrt(_square(X, new, rows, recent[place], enough)) <= radius:
            place += 1
        if place < recent.size:
            row = recent[place]
        else:
            place = recent.size - 1
            row = _one_within(X, new, rows, seen, lost[new], corners, inside, at, radius, enough, bounds)
        if row >= 0:
            found[new] = True
            for later in range(place, 0, -1):
                recent[later] = recent[later - 1]
            recent[0] = row


@njit(cache=True, nogil=True)
def _one_within(
    X: Any,
    new: int,
    rows: Any,
    seen: Any,
    lost: float,
    corners: Any,
    inside: Any,
    at: Any,
    radius: float,
    enough: float,
    bounds: Any,
) -> int:
    """Return where a row stands that is at most `radius` away, −1 where there is none."""
    most = _beyond(radius * radius, lost)
    for group in range(corners.shape[0]):
        set_box_squares(corners, group, seen, new, bounds, 0)
        for lane in range(LANES):
            # What is not a number is near.
            if not bounds[lane] > most:
                box = group * LANES + lane
                points, row = _looked_at(seen, new, inside, box, most), box * LANES
                while points:
                    near = points & 1 and at[box, row - box * LANES] != NOWHERE
                    if near and np.sqrt(_square(X, new, rows, row, enough)) <= radius:
                        return row
                    points >>= 1
                    row += 1
    return -1


@njit(cache=True, nogil=True)
def _first_of(bounds: Any, looked: Any) -> int:
    """Return the box of the least bound that has not been looked into."""
    found = 0
    for box in range(bounds.size):
        if not looked[box] and (looked[found] or bounds[box] < bounds[found]):
            found = box
    return found


@njit(cache=True, nogil=True)
def _compare(
    X: Any,
    new: int,
    rows: Any,
    seen: Any,
    lost: float,
    inside: Any,
    at: Any,
    box: int,
    places: Any,
    squares: Any,
) -> None:
    """Put points of a box among the nearest of a new row, where they are."""
    points, lane = _looked_at(seen, new, inside, box, _beyond(squares[new, -1], lost)), 0
    while points:
        if points & 1 and at[box, lane] != NOWHERE:
            square = _square(X, new, rows, box * LANES + lane, squares[new, -1])
            _insert(places, squares, new, at[box, lane], square)
        points >>= 1
        lane += 1


@njit(cache=True, nogil=True)
def _looked_at(seen: Any, new: int, inside: Any, box: int, most: Any) -> Any:
    """Return which points of a box are to be compared in full, a bit for each."""
    near = points_near(inside, box, seen, new, most)
    if near:
        near = points_near_in_all(inside, box, seen, new, most)
    return near


@njit(cache=True, nogil=True)
def _beyond(square: float, lost: float) -> Any:
    """Return what no squared distance in the directions is above, where the distance squared is at most `square`."""
    distance = np.sqrt(square) + lost
    return np.float32(distance * distance * (1.0 + ROUNDING_OF_SQUARES))


@njit(cache=True, nogil=True)
def _square(X: Any, new: int, rows: Any, row: int, at_most: float) -> float:
    """Return the squared distance of two rows, or a part of it that is above `at_most` already."""
    columns = X.shape[1]
    square, column = 0.0, 0
    while column + COLUMNS <= columns and square <= at_most:
        square += square_of_columns(X, new * columns + column, rows, row * columns + column)
        column += COLUMNS
    if square <= at_most:
        for last in range(column, columns):
            apart = np.float64(X[new, last]) - np.float64(rows[row, last])
            square += apart * apart
    return float(square)


@njit(cache=True, nogil=True)
def _insert(places: Any, squares: Any, new: int, place: int, square: float) -> None:
    """Put a row among the nearest, where it is one of them; of equal distances the earlier place is nearer."""
    last = places.shape[1] - 1
    if square > squares[new, last] or (square == squares[new, last] and place >= places[new, last]):
        return
    at = last
    while at > 0 and (
        square < squares[new, at - 1] or (square == squares[new, at - 1] and place < places[new, at - 1])
    ):
        places[new, at], squares[new, at] = places[new, at - 1], squares[new, at - 1]
        at -= 1
    places[new, at], squares[new, at] = place, square
