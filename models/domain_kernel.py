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
    for row in range(X.shape[0]):
        place = 0
        strange = False
        for column in range(X.shape[1]):
            value = X[row, column]
            if np.isnan(value):
                strange = strange or always[column]
                value = mean[column]
            if scale[column] > 0.0:
                standard[row, place] = np.float32((value - mean[column]) / scale[column])
                place += 1
            elif abs(value - mean[column]) > ANOTHER * max(abs(mean[column]), 1.0):
                strange = True
        odd[row] = strange
