"""Compiled comparison of rows whose bounds are not beyond the best distance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Columns after which it is looked whether two rows are too far apart already; four sums run beside one another.
COLUMNS_AT_ONCE = 32


@njit(cache=True, nogil=True)
def _square(one: Any, other: Any, at_most: float) -> float:
    """Return the squared distance of two rows, or a part of it that is above `at_most` already."""
    first, second, third, fourth = 0.0, 0.0, 0.0, 0.0
    columns = one.size
    for start in range(0, columns, COLUMNS_AT_ONCE):
        stop = min(start + COLUMNS_AT_ONCE, columns)
        column = start
        while column + 4 <= stop:
            a = np.float64(one[column]) - np.float64(other[column])
            b = np.float64(one[column + 1]) - np.float64(other[column + 1])
            c = np.float64(one[column + 2]) - np.float64(other[column + 2])
            d = np.float64(one[column + 3]) - np.float64(other[column + 3])
            first += a * a
            second += b * b
            third += c * c
            fourth += d * d
            column += 4
        while column < stop:
            a = np.float64(one[column]) - np.float64(other[column])
            first += a * a
            column += 1
        if (first + second) + (third + fourth) > at_most:
            break
    return (first + second) + (third + fourth)


@njit(cache=True, nogil=True)
def _insert(places: Any, squares: Any, place: int, square: float) -> None:
    """Put a row among the nearest, where it is one of them; of equal distances the earlier place is nearer."""
    last = places.size - 1
    if square > squares[last] or (square == squares[last] and place >= places[last]):
        return
    at = last
    while at > 0 and (square < squares[at - 1] or (square == squares[at - 1] and place < places[at - 1])):
        places[at], squares[at] = places[at - 1], squares[at - 1]
        at -= 1
    places[at], squares[at] = place, square


@njit(cache=True, nogil=True)
def nearest_few(X: Any, rows: Any, bounds: Any, places: Any, squares: Any) -> None:
    """Find for each new row its nearest rows.

    Parameters
    ----------
    X, rows : (n, columns), (m, columns) float32
        New rows, and known ones.
    bounds : (n, m) float32
        Bounds from below on squared distances.
    places, squares : (n, k) int64, float64
        The result, filled with m and infinity.
    """
    few = places.shape[1]
    taken = np.zeros(rows.shape[0], dtype=np.bool_)
    for new in range(X.shape[0]):
        mine, near = places[new], squares[new]
        # The one before is often alike: what was near to it makes the first distance to beat.
        if new > 0:
            for seed in places[new - 1]:
                taken[seed] = True
                _insert(mine, near, seed, _square(X[new], rows[seed], np.inf))
        for row in range(rows.shape[0]):
            # What is not a number, in rows beyond float32, is not left out.
            if not bounds[new, row] > near[few - 1] and not taken[row]:
                _insert(mine, near, row, _square(X[new], rows[row], near[few - 1]))
        if new > 0:
            for seed in places[new - 1]:
                taken[seed] = False


@njit(cache=True, nogil=True)
def recent_within(X: Any, rows: Any, recent: Any, radius: float, found: Any) -> None:
    """Say of each new row whether one of a few known rows is at most `radius` away; that one moves to the front.

    Parameters
    ----------
    X, rows : (n, columns), (m, columns) float32
        New rows, and known ones.
    recent : (k,) int64
        Places of those that were near of late, the last one first.
    radius : float
        A distance, not squared.
    found : (n,) bool
        Set where one is.
    """
    enough = _enough(radius)
    for new in range(X.shape[0]):
        for place in range(recent.size):
            row = recent[place]
            if np.sqrt(_square(X[new], rows[row], enough)) <= radius:
                found[new] = True
                _to_front(recent, place, row)
                break


@njit(cache=True, nogil=True)
def any_within(X: Any, rows: Any, which: Any, near: Any, radius: float, found: Any, recent: Any) -> None:
    """Say of each new row whether any row that may be near is at most `radius` away.

    Parameters
    ----------
    X, rows, radius, found, recent
        As in `recent_within`.
    which, near : (pairs,) int64
        Places of new rows, increasing, and of known rows whose distance is not bounded above `radius`.
    """
    enough = _enough(radius)
    for pair in range(which.size):
        new, row = which[pair], near[pair]
        if not found[new] and np.sqrt(_square(X[new], rows[row], enough)) <= radius:
            found[new] = True
            _to_front(recent, recent.size - 1, row)


@njit(cache=True, nogil=True)
def _enough(radius: float) -> float:
    """Return a squared distance above which no distance is `radius`: those are compared, as the caller would do."""
    return radius * radius * (1.0 + 1e-12)


@njit(cache=True, nogil=True)
def _to_front(recent: Any, place: int, row: int) -> None:
    """Put a row first, in the place of the one that stood at `place`."""
    for later in range(place, 0, -1):
        recent[later] = recent[later - 1]
    recent[0] = row
