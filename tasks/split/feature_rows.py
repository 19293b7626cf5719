"""Rows of features told apart by a hash of their bytes, so that equal ones are found without comparing all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How much of a matrix is in memory at a time.
STEP_BYTES: Final = 1 << 25
_MIX: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Some rows of a matrix of features, read a few megabytes at a time.

    Attributes
    ----------
    matrix
        (materials, columns), NaN where undefined; may be mapped.
    rows
        Which of its rows, (n,).
    """

    matrix: NDArray[np.float64]
    rows: NDArray[np.int64]

    def batches(self, size: int = 0) -> Iterator[NDArray[np.float64]]:
        """Give the rows in order, (some, columns), `size` at a time."""
        step = size or max(1, STEP_BYTES // max(1, 8 * self.matrix.shape[1]))
        for start in range(0, len(self.rows), step):
            yield np.asarray(self.matrix[self.rows[start : start + step]])

    def hashes(self) -> NDArray[np.void]:
        """Return 16 bytes for each row, (n,): equal where all values are equal, undefined ones with each other."""
        parts = [row_hashes(some) for some in self.batches()]
        return np.concatenate(parts) if parts else np.empty(0, dtype="V16")

    def sample(self, most: int) -> NDArray[np.float64]:
        """Return different rows, at most so many: the same ones in the same order, whatever the order given."""
        distinct, first = np.unique(self.hashes().view("S16"), return_index=True)
        return np.asarray(self.matrix[self.rows[first[: min(most, len(distinct))]]])


def row_hashes(values: NDArray[np.float64]) -> NDArray[np.void]:
    """Return 16 bytes for each row of (n, columns) values, (n,).

    Each value is mixed with its column's number (the finaliser of SplitMix64, Steele et al. 2014,
    doi:10.1145/2660193.2660195) and the columns are summed, twice over; 0 and −0 are one value, and so are all NaN.

    Examples
    --------
    >>> one, other, third = row_hashes(np.array([[0.0, np.nan], [-0.0, np.nan], [np.nan, 0.0]]))
    >>> bool(one == other), bool(one == third)
    (True, False)
    """
    canonical = np.where(np.isnan(values), np.nan, values) + 0.0
    bits = np.ascontiguousarray(canonical).view(np.uint64)
    columns = np.arange(1, values.shape[1] + 1, dtype=np.uint64)
    sums = [
        _mixed(bits ^ (columns * _GOLDEN + np.uint64(seed))).sum(axis=1, dtype=np.uint64)
        for seed in (0, 1 << 40)
    ]
    return np.ascontiguousarray(np.stack(sums, axis=1)).view("V16").reshape(-1)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX[1]
    return np.asarray(bits ^ (bits >> np.uint64(31)))
