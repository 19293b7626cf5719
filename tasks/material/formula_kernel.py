"""The compiled writer of readable formulas."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

# A symbol has at most two letters, an amount at most the 16 digits of 2**53.
MOST_CHARACTERS: Final = 18


@njit(cache=True, nogil=True)
def _write_amount(amount: Any, text: Any, at: Any) -> Any:
    """Write a whole number; return where it ends."""
    divisor = np.int64(1)
    while amount // divisor >= 10:
        divisor *= 10
    while divisor > 0:
        text[at] = 48 + amount // divisor % 10
        divisor //= 10
        at += 1
    return at


@njit(cache=True, nogil=True)
def write_formulas(
    offsets: Any, atomic_numbers: Any, amounts: Any, rank: Any, letters: Any, text: Any, ends: Any
) -> None:
    """Write formulas one behind the other: the elements by rank, each amount but 1 behind its symbol.

    Parameters
    ----------
    offsets, atomic_numbers, amounts : (n + 1,) int64, (m,) int16, (m,) float64
        Those of a `CompositionBatch`.
    rank, letters : (119,) int64, (119, 2) uint8
        By atomic number: the element's place in a formula, and its symbol in ASCII, 0 behind one letter.
    text : (18 m,) uint8
        Filled.
    ends : (n + 1,) int64
        Filled: where each formula begins, and where the last one ends.
    """
    at = np.int64(0)
    ends[0] = at
    order = np.empty(rank.size, dtype=np.int64)
    for row in range(offsets.size - 1):
        count = 0
        for entry in range(offsets[row], offsets[row + 1]):
            place = count
            while place > 0 and rank[atomic_numbers[order[place - 1]]] > rank[atomic_numbers[entry]]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = entry
            count += 1
        for entry in order[:count]:
            for letter in letters[atomic_numbers[entry]]:
                if letter != 0:
                    text[at] = letter
                    at += 1
            if amounts[entry] > 1:
                at = _write_amount(np.int64(amounts[entry]), text, at)
        ends[row + 1] = at
