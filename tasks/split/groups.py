"""Which rows belong together under a split: a label for each row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import numpy as np

from matsluice.tasks.material.elements import ATOMIC_NUMBERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SYMBOL = re.compile(r"[A-Z][a-z]?")


class Rows(Protocol):
    """What is known of n labelled rows."""

    @property
    def material(self) -> NDArray[np.int64]:
        """A number for each row's material."""
        ...

    @property
    def formulas(self) -> NDArray[np.str_]:
        """Reduced formula of each row's material."""
        ...


def by_material(rows: Rows) -> NDArray[np.str_]:
    """Return the material of each row, (n,): all that was measured of one is one group."""
    return rows.material.astype(np.str_)


def by_composition(rows: Rows) -> NDArray[np.str_]:
    """Return the composition of each row, (n,): a formula however written, and all its polymorphs, are one group."""
    return np.asarray(rows.formulas)


def by_chemical_system(rows: Rows) -> NDArray[np.str_]:
    """Return the chemical system of each row, (n,): its elements, whatever their amounts.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> by_chemical_system(SimpleNamespace(formulas=np.array(["Fe2O3", "FeO", "Na3FeO3"]))).tolist()
    ['Fe-O', 'Fe-O', 'Fe-Na-O']
    """
    formulas, which = np.unique(rows.formulas, return_inverse=True)
    return np.array(["-".join(sorted(elements_of(formula))) for formula in formulas.tolist()])[which]


def elements_of(formula: str) -> frozenset[str]:
    """Return the elements of a reduced formula.

    Examples
    --------
    >>> sorted(elements_of("Na3FeO3"))
    ['Fe', 'Na', 'O']
    """
    return frozenset(_SYMBOL.findall(formula))


def rows_with(formulas: NDArray[np.str_]) -> dict[str, NDArray[np.bool_]]:
    """Return element → which rows, (n,), contain it, in order of atomic number.

    Examples
    --------
    >>> {element: rows.tolist() for element, rows in rows_with(np.array(["NaCl", "Si", "NaF"])).items()}
    {'F': [False, False, True], 'Na': [True, False, True], 'Si': [False, True, False], 'Cl': [True, False, False]}
    """
    distinct, which = np.unique(formulas, return_inverse=True)
    found: dict[str, NDArray[np.bool_]] = {}
    for place, formula in enumerate(distinct.tolist()):
        for element in elements_of(formula):
            found.setdefault(element, np.zeros(len(distinct), dtype=bool))[place] = True
    order = sorted(found, key=lambda element: (ATOMIC_NUMBERS.get(element, 0), element))
    return {element: found[element][which] for element in order}
