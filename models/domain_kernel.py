"""Compiled look at new rows beside the training rows: standardised, and whether a value is odd."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Of a column that never varied: what counts as another value, as a share of it or of 1.
ANOTHER = 1e-9


@njit(cache=True, nogil=True)
def look_at(X: Any, mean: Any, scale: Any, always: Any, standard: Any, odd: Any) -> None:
    """Fill the standardised rows, and say which have a value never seen, or lack one that was always there.

    Parameters
    ----------
    X : (n, columns) float64
        Features; NaN counts as the column's mean.
    mean, scale, always : (columns,)
        Those of the domain.
    standard : (n, varied columns) float32
        Filled.
    odd : (n,) bool
        Set.
    """
    columns = X.shape[1]
    divisor = np.where(scale > 0.0, scale, 1.0)
    scaled = np.empty(columns)
    for row in range(X.shape[0]):
        values = X[row]
        undefined = 0
        # Without a branch, so that it is done for several columns at once.
        for column in range(columns):
            scaled[column] = (values[column] - mean[column]) / divisor[column]
            undefined += values[column] != values[column]
        if undefined > 0:
            for column in range(columns):
                if np.isnan(values[column]):
                    odd[row] = odd[row] or always[column]
                    scaled[column] = 0.0
        place = 0
        for column in range(columns):
            if scale[column] > 0.0:
                standard[row, place] = np.float32(scaled[column])
                place += 1
            elif abs(scaled[column]) > ANOTHER * max(abs(mean[column]), 1.0):
                odd[row] = True
