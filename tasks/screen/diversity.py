"""No more than so many hits of one chemical system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_SYMBOL = re.compile(r"[A-Z][a-z]?")


def systems_of(formulas: Iterable[str]) -> NDArray[np.int64]:
    """Return for each reduced formula (n,) the number of its chemical system: its elements, whatever their amounts.

    Examples
    --------
    >>> systems_of(["NaCl", "Fe2O3", "FeO"]).tolist()
    [0, 1, 1]
    """
    names = ["-".join(sorted(set(_SYMBOL.findall(formula)))) for formula in formulas]
    _, numbers = np.unique(np.array(names, dtype=str), return_inverse=True)
    return np.asarray(numbers.reshape(-1), dtype=np.int64)


def within_quota(system: NDArray[np.int64], at_most: int) -> NDArray[np.bool_]:
    """Return which rows (n,) have fewer than `at_most` of their system before them.

    Cutting a ranking so, batch by batch, gives what cutting it as a whole does: whoever has `at_most` better ones of
    its system in its batch has them in all.

    Examples
    --------
    >>> within_quota(np.array([0, 1, 0, 0]), 2).tolist()
    [True, True, True, False]
    """
    if not len(system):
        return np.empty(0, dtype=bool)
    order = np.argsort(system, kind="stable")
    sorted_systems = system[order]
    starts = np.flatnonzero(np.r_[True, sorted_systems[1:] != sorted_systems[:-1]])
    sizes = np.diff(np.r_[starts, len(system)])
    nth = np.empty(len(system), dtype=np.int64)
    nth[order] = np.arange(len(system)) - np.repeat(starts, sizes)
    return np.asarray(nth < at_most)
