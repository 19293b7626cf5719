"""Compiled statistics of the stretches of a column, one stretch a crystal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def statistics_of_segments(bounds: Any, column: Any, out: Any) -> None:
    """Fill out (n, 4) with mean, variance, minimum and maximum of ``column[bounds[i]:bounds[i + 1]]``.

    Missing values (NaN) are left out; where nothing is left, all four are missing.

    Parameters
    ----------
    bounds : (n + 1,) int64
    column : (p,) float64
    out : (n, 4) float64
        The result.
    """
    for row in range(bounds.size - 1):
        count, total, lowest, highest = 0, 0.0, np.inf, -np.inf
        for entry in range(bounds[row], bounds[row + 1]):
            value = column[entry]
            if not np.isnan(value):
                count += 1
                total += value
                lowest, highest = min(lowest, value), max(highest, value)
        if count == 0:
            out[row, :] = np.nan
            continue
        mean, square = total / count, 0.0
        for entry in range(bounds[row], bounds[row + 1]):
            if not np.isnan(column[entry]):
                square += (column[entry] - mean) ** 2
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = mean, square / count, lowest, highest
