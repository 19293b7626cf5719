"""Compiled statistics over the ions of a composition: plain loops, so that a row's bits depend on it alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _statistics(values: Any, weights: Any) -> tuple[float, float, float, float]:
    """Return minimum, maximum, mean and the weights' unbiased standard deviation (0 of a single value)."""
    total, squares, mean, lowest, highest = 0.0, 0.0, 0.0, np.inf, -np.inf
    for k in range(values.size):
        total += weights[k]
        squares += weights[k] * weights[k]
        mean += weights[k] * values[k]
        lowest, highest = min(lowest, values[k]), max(highest, values[k])
    mean /= total
    if values.size == 1:
        return lowest, highest, mean, 0.0
    deviation = 0.0
    for k in range(values.size):
        deviation += weights[k] * (values[k] - mean) * (values[k] - mean)
    return lowest, highest, mean, np.sqrt(total * deviation / (total * total - squares))


@njit(cache=True, nogil=True)
def oxidation_statistics(
    rows: Any, offsets: Any, states: Any, atoms: Any, electronegativities: Any, out: Any
) -> None:
    """Fill out (n, 11) with the columns of composition.oxidation; rows without ions are left as they are.

    Parameters
    ----------
    rows : (n + 1,) int64
        Where each row's entries begin.
    offsets : (m + 1,) int64
        Where each entry's ions begin.
    states, atoms : (s,) int64
        State and number of atoms of each ion.
    electronegativities : (m,) float64
        Of each entry's element.
    out : (n, 11) float64
        The result, NaN before.
    """
    for row in range(rows.size - 1):
        first, last = offsets[rows[row]], offsets[rows[row + 1]]
        if first == last:
            continue
        ions, values, weights = last - first, np.empty(last - first), np.empty(last - first)
        x = np.empty(ions)
        for entry in range(rows[row], rows[row + 1]):
            for k in range(offsets[entry], offsets[entry + 1]):
                values[k - first], weights[k - first] = states[k], atoms[k]
                x[k - first] = electronegativities[entry]
        lowest, highest, _, deviation = _statistics(values, weights)
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = lowest, highest, highest - lowest, deviation
        cations, anions = values > 0, values < 0
        if not cations.any() or not anions.any():
            continue
        out[row, 4] = _statistics(values[cations], weights[cations])[2]
        out[row, 5] = _statistics(values[anions], weights[anions])[2]
        of_anions = _statistics(x[anions], weights[anions])[2]
        lowest, highest, mean, deviation = _statistics(of_anions - x[cations], weights[cations])
        if not np.isnan(mean):
            out[row, 6], out[row, 7], out[row, 8] = lowest, highest, highest - lowest
            out[row, 9], out[row, 10] = mean, deviation
