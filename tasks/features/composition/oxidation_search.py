"""Compiled search for the likeliest oxidation states that balance: whole numbers throughout, hence exact.

An element of a composition is a table over the sums of its atoms' states: how likely the likeliest way to
reach a sum is. The tables of a composition are then combined to the sum zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NONE = np.iinfo(np.int64).min  # the likelihood of a sum that no choice of states has


@njit(cache=True, nogil=True)
def _likelihoods(steps: Any, weights: Any, atoms: int) -> Any:
    """Return (k + 1, atoms + 1, sums): of n atoms in states i, i + 1, … with this sum, the greatest weight."""
    kinds, sums = steps.size, atoms * steps.max() + 1
    best = np.full((kinds + 1, atoms + 1, sums), NONE, dtype=np.int64)
    best[kinds, 0, 0] = 0
    for i in range(kinds - 1, -1, -1):
        for n in range(atoms + 1):
            for s in range(sums):
                best[i, n, s] = best[i + 1, n, s]
                if n > 0 and s >= steps[i] and best[i, n - 1, s - steps[i]] != NONE:
                    best[i, n, s] = max(best[i, n, s], best[i, n - 1, s - steps[i]] + weights[i])
    return best


@njit(cache=True, nogil=True)
def element_sums(
    steps: Any, weights: Any, atoms: int, likelihood: Any, likeliest: Any, foremost: Any
) -> None:
    """Fill the table of one element.

    Of choices that are equally likely the foremost is taken, in which most atoms are in the first state, then
    most in the second, and so on: the order in which `itertools.combinations_with_replacement` has them.

    Parameters
    ----------
    steps : (k,) int64
        The states less the lowest one.
    weights : (k,) int64
        How often each is found.
    atoms : int
        How many atoms share them.
    likelihood : (sums,) int64
        The result: the greatest weight with this sum of steps, `NONE` where there is none.
    likeliest : (sums, k) int64
        The result: how many atoms are in each state, in the likeliest choice.
    foremost : (sums, k) int64
        The result: the same in the foremost choice of all, likely or not.
    """
    best = _likelihoods(steps, weights, atoms)
    for s in range(likelihood.size):
        likelihood[s] = best[0, atoms, s]
        if likelihood[s] == NONE:
            continue
        for exact, counts in ((True, likeliest), (False, foremost)):
            i, n, rest = 0, atoms, s
            while n > 0:
                possible = rest >= steps[i] and best[i, n - 1, rest - steps[i]] != NONE
                if possible and exact:
                    possible = best[i, n - 1, rest - steps[i]] + weights[i] == best[i, n, rest]
                if possible:
                    counts[s, i] += 1
                    n, rest = n - 1, rest - steps[i]
                else:
                    i += 1


@njit(cache=True, nogil=True)
def balanced_sums(
    offsets: Any, tables: Any, starts: Any, lowest: Any, likelihood: Any, places: Any, out: Any
) -> None:
    """Fill out (m,) with where in its table each entry's sum stands, -1 throughout a row that has no balance.

    Of solutions that are equally likely the one is taken whose first entry has the foremost sum, then whose
    second has, and so on: the order of `itertools.product`.

    Parameters
    ----------
    offsets : (n + 1,) int64
        Where each row's entries begin.
    tables : (m,) int64
        Which table an entry has; -1 for none, which leaves the row without a balance.
    starts : (t + 1,) int64
        Where each table begins.
    lowest : (t,) int64
        The sum of states that a table's first line stands for.
    likelihood, places : (sum of sizes,) int64
        The tables: the weight of a sum, and how far behind the foremost sum it stands.
    out : (m,) int64
        The result.
    """
    for row in range(offsets.size - 1):
        first, last = offsets[row], offsets[row + 1]
        out[first:last] = -1
        if tables[first:last].min() >= 0:
            _balance(tables[first:last], starts, lowest, likelihood, places, out[first:last])


@njit(cache=True, nogil=True)
def _balance(  # noqa: C901 - one search, backwards and forwards over the same tables
    tables: Any, starts: Any, lowest: Any, likelihood: Any, places: Any, out: Any
) -> None:
    """Solve one row: the best of the entries behind each one, by their sum, from the back; then forwards."""
    entries = tables.size
    widths = np.ones(entries + 1, dtype=np.int64)
    goal = 0  # the states add up to zero where the lines' numbers add up to this
    for e in range(entries - 1, -1, -1):
        widths[e] = widths[e + 1] + starts[tables[e] + 1] - starts[tables[e]] - 1
        goal -= lowest[tables[e]]
    if goal < 0 or goal >= widths[0]:
        return
    behind = np.full((entries + 1, goal + 1), NONE, dtype=np.int64)
    behind[entries, 0] = 0
    for e in range(entries - 1, -1, -1):
        start, stop = starts[tables[e]], starts[tables[e] + 1]
        for rest in range(min(widths[e + 1], goal + 1)):
            if behind[e + 1, rest] == NONE:
                continue
            for line in range(min(stop - start, goal + 1 - rest)):
                if likelihood[start + line] != NONE:
                    total = behind[e + 1, rest] + likelihood[start + line]
                    behind[e, rest + line] = max(behind[e, rest + line], total)
    if behind[0, goal] == NONE:
        return
    rest = goal
    for e in range(entries):
        start, stop = starts[tables[e]], starts[tables[e] + 1]
        for line in range(min(stop - start, rest + 1)):
            if likelihood[start + line] == NONE or behind[e + 1, rest - line] == NONE:
                continue
            is_best = likelihood[start + line] + behind[e + 1, rest - line] == behind[e, rest]
            if is_best and (out[e] < 0 or places[start + line] < places[start + out[e]]):
                out[e] = line
        rest -= out[e]
