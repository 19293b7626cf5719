"""Compiled search for states of elements that balance a composition."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Combinations of states tried for a composition; one that has more counts as not balanced. Eight elements of four
# states have as many.
MOST_COMBINATIONS = 1 << 16


@njit(cache=True, nogil=True)
def balanced(
    offsets: Any, atomic_numbers: Any, amounts: Any, rank: Any, first_state: Any, states: Any, out: Any
) -> None:
    """Say for each of n compositions whether some states balance it.

    Parameters
    ----------
    offsets, atomic_numbers, amounts : arrays
        The columns of a `CompositionBatch`.
    rank, first_state, states : arrays
        Those of `UsualCharges`.
    out : (n,) bool
        Set where it is balanced.
    """
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        combinations = 1
        for entry in range(first, last):
            z = atomic_numbers[entry]
            there = first_state[z + 1] - first_state[z] if rank[z] >= 0 else 0
            combinations = min(combinations * there, MOST_COMBINATIONS + 1)
        if last - first < 2 or combinations > MOST_COMBINATIONS:
            continue
        for combination in range(combinations):
            left, charge = combination, 0.0
            highest_cation, lowest_anion, neutral = -1, np.int64(1 << 30), False
            for entry in range(first, last):
                z = atomic_numbers[entry]
                there = first_state[z + 1] - first_state[z]
                state = states[first_state[z] + left % there]
                left //= there
                charge += amounts[entry] * state
                if state > 0.0:
                    highest_cation = max(highest_cation, rank[z])
                elif state < 0.0:
                    lowest_anion = min(lowest_anion, rank[z])
                else:
                    neutral = True
            # Amounts are whole numbers, so their sum is exact.
            if not neutral and charge == 0.0 and highest_cation < lowest_anion:
                out[row] = True
                break
