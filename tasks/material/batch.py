"""Many compositions as ragged columns, the form in which they travel between steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

Int64s = NDArray[np.int64]
_KIND: Final = ("C", "A", "W")  # contiguous, aligned, writeable


@dataclass(frozen=True, slots=True, eq=False)
class CompositionBatch:
    """Compositions as ragged columns; row i holds the entries ``offsets[i]:offsets[i + 1]``.

    Attributes
    ----------
    offsets : (n + 1,) int64
        Where each row's entries begin, and where the last ones end.
    atomic_numbers : (m,) int16
        Atomic numbers, increasing within a row.
    amounts : (m,) float64
        Canonical amounts: the smallest whole numbers in the composition's ratio, at most 2**53, hence exact.

    Raises
    ------
    ValueError
        When the three columns do not describe one batch.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> batch = parse_formulas(["Fe2O3", "Hg0.7Cd0.3Te"]).batch
    >>> batch.offsets, batch.atomic_numbers, batch.amounts
    (array([0, 2, 5]), array([ 8, 26, 48, 52, 80], dtype=int16), array([ 3.,  2.,  3., 10.,  7.]))
    """

    offsets: Int64s
    atomic_numbers: NDArray[np.int16]
    amounts: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Hold the columns as the kind of array the kernels are compiled for; read-only memory is copied."""
        offsets = np.require(self.offsets, np.int64, _KIND)
        atomic_numbers = np.require(self.atomic_numbers, np.int16, _KIND)
        amounts = np.require(self.amounts, np.float64, _KIND)
        entries = len(atomic_numbers)
        if len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != entries or len(amounts) != entries:
            raise ValueError(
                f"offsets must run from 0 to the number of entries: got {len(offsets)} offsets, "
                f"{entries} atomic numbers and {len(amounts)} amounts"
            )
        if np.any(np.diff(offsets) <= 0):
            raise ValueError("every composition has at least one element: offsets must increase")
        # The kernels look elements up by number, unchecked.
        if np.any((atomic_numbers < 1) | (atomic_numbers > LAST_ATOMIC_NUMBER) | ~(amounts > 0)):
            raise ValueError(f"atomic numbers are 1 to {LAST_ATOMIC_NUMBER}, amounts are positive")
        object.__setattr__(self, "offsets", offsets)
        object.__setattr__(self, "atomic_numbers", atomic_numbers)
        object.__setattr__(self, "amounts", amounts)

    def __len__(self) -> int:
        """Return the number of compositions."""
        return len(self.offsets) - 1

    def slice(self, start: int, stop: int) -> CompositionBatch:
        """Return the rows ``start:stop`` as a batch that shares this one's memory."""
        start, stop, _ = slice(start, stop).indices(len(self))
        stop = max(start, stop)
        first, last = self.offsets[start], self.offsets[stop]
        return CompositionBatch(
            self.offsets[start : stop + 1] - first, self.atomic_numbers[first:last], self.amounts[first:last]
        )

    def take(self, rows: Sequence[int] | Int64s) -> CompositionBatch:
        """Return the rows with these indices, in this order."""
        offsets, entries = entries_of(self.offsets, np.asarray(rows, dtype=np.int64))
        return CompositionBatch(offsets, self.atomic_numbers[entries], self.amounts[entries])


def concatenate(batches: Sequence[CompositionBatch]) -> CompositionBatch:
    """Return one batch with the rows of all of them, in order.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> one = parse_formulas(["NaCl"]).batch
    >>> len(concatenate([one, one, one]))
    3
    """
    lengths = [np.diff(batch.offsets) for batch in batches]
    return CompositionBatch(
        offsets_of(np.concatenate([np.zeros(0, np.int64), *lengths])),
        np.concatenate([np.zeros(0, np.int16), *(batch.atomic_numbers for batch in batches)]),
        np.concatenate([np.zeros(0, np.float64), *(batch.amounts for batch in batches)]),
    )


def offsets_of(lengths: Int64s) -> Int64s:
    """Return where rows of these lengths begin, and where the last one ends."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def entries_of(offsets: Int64s, rows: Int64s) -> tuple[Int64s, Int64s]:
    """Return the offsets of a batch of these rows, and which entries of the old one it holds.

    Examples
    --------
    >>> entries_of(np.array([0, 2, 5]), np.array([1, 0]))
    (array([0, 3, 5]), array([2, 3, 4, 0, 1]))
    """
    lengths = np.diff(offsets)[rows]
    new = offsets_of(lengths)
    # Entry k of the result lies as far behind its row's first entry as in the old batch.
    return new, np.arange(new[-1]) + np.repeat(offsets[rows] - new[:-1], lengths)
