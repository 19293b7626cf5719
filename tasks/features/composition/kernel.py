"""Compiled statistics over compositions: plain loops, one row after the other.

A row's bits depend on that row alone: sums are never reordered (fastmath is off), and no matrix product
is used, whose order of summation varies with the shape. Weights are the canonical amounts, and their sum is
divided by once at the end, so that whole-number properties give exact sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def moments(offsets: Any, atomic_numbers: Any, amounts: Any, table: Any, out: Any) -> None:
    """Fill out (n, 4, p) with mean, variance Σx(P - mean)², minimum and maximum; NaN with any missing value.

    Parameters
    ----------
    offsets, atomic_numbers, amounts : arrays
        The columns of a `CompositionBatch` of n rows.
    table : (119, p) float64
        Properties by atomic number.
    out : (n, 4, p) float64
        The result.
    """
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        total = 0.0
        for entry in range(first, last):
            total += amounts[entry]
        mean, variance, lowest, highest = out[row, 0], out[row, 1], out[row, 2], out[row, 3]
        mean[:], variance[:], lowest[:], highest[:] = 0.0, 0.0, np.inf, -np.inf
        for entry in range(first, last):
            properties = table[atomic_numbers[entry]]
            for p in range(properties.size):
                mean[p] += amounts[entry] * properties[p]
                lowest[p] = min(lowest[p], properties[p])
                highest[p] = max(highest[p], properties[p])
        for p in range(mean.size):
            mean[p] /= total
            if np.isnan(mean[p]):
                lowest[p], highest[p] = np.nan, np.nan
        for entry in range(first, last):
            properties = table[atomic_numbers[entry]]
            for p in range(properties.size):
                deviation = properties[p] - mean[p]
                variance[p] += amounts[entry] * (deviation * deviation)
        for p in range(variance.size):
            variance[p] /= total


@njit(cache=True, nogil=True)
def magpie_statistics(  # noqa: C901 - loops over entries and properties, one statistic after the other
    offsets: Any, atomic_numbers: Any, amounts: Any, table: Any, out: Any
) -> None:
    """Fill out (n, p, 6) with minimum, maximum, range, mean, average deviation and mode, as in matminer.

    The mode is the least value among the elements that share the largest amount, amounts being equal within
    numpy.isclose (1e-5 relative, 1e-8 absolute); it is NaN only where one of these has no value.

    Parameters
    ----------
    offsets, atomic_numbers, amounts : arrays
        The columns of a `CompositionBatch` of n rows.
    table : (119, p) float64
        Properties by atomic number.
    out : (n, p, 6) float64
        The result.
    """
    width = table.shape[1]
    lowest, highest, mean = np.empty(width), np.empty(width), np.empty(width)
    deviation, mode = np.empty(width), np.empty(width)
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        total, largest = 0.0, 0.0
        for entry in range(first, last):
            total += amounts[entry]
            largest = max(largest, amounts[entry])
        nearly = largest - (1e-8 + 1e-5 * largest)
        lowest[:], highest[:], mean[:], deviation[:], mode[:] = np.inf, -np.inf, 0.0, 0.0, np.inf
        for entry in range(first, last):
            properties = table[atomic_numbers[entry]]
            for p in range(width):
                value = properties[p]
                mean[p] += amounts[entry] * value
                lowest[p] = min(lowest[p], value)
                highest[p] = max(highest[p], value)
            if amounts[entry] >= nearly:
                for p in range(width):
                    if np.isnan(properties[p]) or properties[p] < mode[p]:
                        mode[p] = properties[p]
        for p in range(width):
            mean[p] /= total
        for entry in range(first, last):
            properties = table[atomic_numbers[entry]]
            for p in range(width):
                deviation[p] += amounts[entry] * abs(properties[p] - mean[p])
        for p in range(width):
            missing = np.isnan(mean[p])
            out[row, p, 0] = np.nan if missing else lowest[p]
            out[row, p, 1] = np.nan if missing else highest[p]
            out[row, p, 2] = highest[p] - lowest[p] if not missing else np.nan
            out[row, p, 3] = mean[p]
            out[row, p, 4] = deviation[p] / total
            out[row, p, 5] = mode[p]


@njit(cache=True, nogil=True)
def norms(offsets: Any, amounts: Any, powers: Any, out: Any) -> None:
    """Fill out (n, k) with (Σxᵖ)^(1/p) of the atomic fractions x; the number of elements where p is 0.

    Parameters
    ----------
    offsets, amounts : arrays
        The columns of a `CompositionBatch` of n rows.
    powers : (k,) int64
        The p, not negative.
    out : (n, k) float64
        The result.
    """
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        total = 0.0
        for entry in range(first, last):
            total += amounts[entry]
        for k in range(powers.size):
            if powers[k] == 0:
                out[row, k] = last - first
                continue
            summed = 0.0
            for entry in range(first, last):
                product = 1.0
                for _ in range(powers[k]):
                    product *= amounts[entry] / total
                summed += product
            out[row, k] = summed ** (1.0 / powers[k])


@njit(cache=True, nogil=True)
def fractions(offsets: Any, atomic_numbers: Any, amounts: Any, out: Any) -> None:
    """Write the atomic fraction of element Z to column Z - 1 of out (n, 118), which holds zeros."""
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        total = 0.0
        for entry in range(first, last):
            total += amounts[entry]
        for entry in range(first, last):
            out[row, atomic_numbers[entry] - 1] = amounts[entry] / total
