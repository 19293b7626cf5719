"""Compiled mean over the rows that are most alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Squared distances are counted in so many bins; only those in the bin of the last row wanted are sorted.
BINS = 2048


@njit(cache=True, nogil=True)
def mean_of_alike(ranks: Any, known: Any, errors: Any, count: int, largest: float, mean: Any) -> None:
    """Set the mean error of the `count` known rows nearest to each new one; of equally near ones the first count.

    Parameters
    ----------
    ranks : (n, signs) float64
        New rows; from 0 to `largest`, like the known ones. Of whole numbers squared distances have no rounding, and
        equals are equal.
    known : (signs, m) float64
        Known rows.
    errors : (m,) float64
        Theirs.
    count : int
        From 1 to m.
    largest : float
        Above 0.
    mean : (n,) float64
        Set. Errors are added in the known rows' order, so that it depends on nothing else.
    """
    signs, m = known.shape
    squares, bin_of, in_bin = np.empty(m), np.empty(m, dtype=np.int32), np.empty(BINS + 1, dtype=np.int32)
    alike, per_square = np.empty(m, dtype=np.int64), BINS / (signs * largest * largest)
    for new in range(ranks.shape[0]):
        squares[:] = 0.0
        for sign in range(signs):
            place, row = ranks[new, sign], known[sign]
            for other in range(m):
                apart = row[other] - place
                squares[other] += apart * apart
        for other in range(m):
            bin_of[other] = np.int32(squares[other] * per_square)
        in_bin[:] = 0
        for other in range(m):
            in_bin[bin_of[other]] += 1
        last, nearer = 0, 0
        while nearer + in_bin[last] < count:
            nearer += in_bin[last]
            last += 1
        found = 0
        # Written down in any case, and counted where it belongs there: a branch would be guessed wrong too often.
        for other in range(m):
            alike[found] = other
            found += bin_of[other] == last
        tied = alike[:found].copy()
        bin_of[tied[np.argsort(squares[tied], kind="mergesort")][count - nearer :]] = BINS + 1
        found = 0
        for other in range(m):
            alike[found] = other
            found += bin_of[other] <= last
        total = 0.0
        for other in alike[:found]:
            total += errors[other]
        mean[new] = total / count
