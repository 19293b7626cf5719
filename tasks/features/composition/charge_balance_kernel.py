"""Compiled sums of charges over compositions: plain loops, so that a row's bits depend on it alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Combinations of states tried for a row; beyond them the two columns stay undefined.
MOST_COMBINATIONS = 1 << 14
# Of the most electronegative element, within which another one is taken for an anion too; and what an element that is
# short of a noble gas needs to be one in any company. Both in Pauling's units.
NEAR, ANION = 0.5, 2.0
# Charges per atom that count as none.
BALANCED = 1e-3


@njit(cache=True, nogil=True)
def charge_sums(offsets: Any, atomic_numbers: Any, amounts: Any, table: Any, out: Any, anion: Any) -> None:
    """Fill the first 11 columns of out (n, 13), and say which entries are anions.

    Parameters
    ----------
    offsets, atomic_numbers, amounts : arrays
        The columns of a `CompositionBatch` of n rows, m entries in all.
    table : (119, 7) float64
        The values of an `IonTable`.
    out : (n, 13) float64
        The result.
    anion : (m,) bool
        Set.
    """
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        total, odd, highest = 0.0, 0.0, -1.0
        for entry in range(first, last):
            total += amounts[entry]
            odd += (amounts[entry] % 2.0) * (atomic_numbers[entry] % 2)
            highest = max(highest, table[atomic_numbers[entry], 0])
        electrons, held, given, taken, charges = 0.0, 0.0, 0.0, 0.0, np.zeros(4)
        for entry in range(first, last):
            x, ion = amounts[entry], table[atomic_numbers[entry]]
            anion[entry] = ion[0] >= highest - NEAR or (ion[2] < 0.0 and ion[0] >= ANION)
            electrons += x * ion[1]
            if anion[entry]:
                held += x
                taken -= x * ion[2]
            else:
                given += x * ion[1]
            for k in range(4):
                charges[k] += x * ion[3 + k]
        out[row, 0], out[row, 1] = np.log(total), odd % 2.0
        out[row, 2], out[row, 3] = electrons / total, electrons / held
        out[row, 4] = (given - taken) / total
        out[row, 5] = given / (given + taken) if given + taken > 0.0 else 0.0
        for k in range(4):
            out[row, 6 + k] = charges[k] / total
        out[row, 10] = held / total


@njit(cache=True, nogil=True)
def nearest_balance(  # noqa: C901 - loops over rows, combinations and entries
    offsets: Any,
    atomic_numbers: Any,
    amounts: Any,
    anion: Any,
    table: Any,
    first_state: Any,
    states: Any,
    out: Any,
) -> None:
    """Fill the last 2 columns of out (n, 13): the charge nearest to none, and how many combinations have none.

    Anions are in their lowest state, every other element in one of its common states.

    Parameters
    ----------
    offsets, atomic_numbers, amounts, anion, table
        As in `charge_sums`.
    first_state, states
        Of an `IonTable`.
    out : (n, 13) float64
        The result; NaN where there are more combinations than `MOST_COMBINATIONS`.
    """
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        total, fixed, combinations = 0.0, 0.0, 1
        for entry in range(first, last):
            z = atomic_numbers[entry]
            total += amounts[entry]
            if anion[entry]:
                fixed += amounts[entry] * table[z, 2]
            elif combinations <= MOST_COMBINATIONS:
                combinations *= first_state[z + 1] - first_state[z]
        out[row, 11], out[row, 12] = np.nan, np.nan
        if combinations > MOST_COMBINATIONS:
            continue
        nearest, balanced = np.inf, 0
        for combination in range(combinations):
            left, charge = combination, fixed
            for entry in range(first, last):
                if not anion[entry]:
                    z = atomic_numbers[entry]
                    there = first_state[z + 1] - first_state[z]
                    charge += amounts[entry] * states[first_state[z] + left % there]
                    left //= there
            charge /= total
            # Of two that are as near the positive one, whatever the order of the states.
            if abs(charge) < abs(nearest) or (abs(charge) == abs(nearest) and charge > nearest):
                nearest = charge
            if abs(charge) < BALANCED:
                balanced += 1
        out[row, 11], out[row, 12] = nearest, balanced
