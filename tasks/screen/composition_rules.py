"""The constraints on what a candidate is made of: from what is asked to a function of n compositions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.material.elements import ATOMIC_NUMBERS, LAST_ATOMIC_NUMBER
from matsluice.tasks.material.usual_charges import usual_charges
from matsluice.tasks.screen.element_tables import CRUST_MG_PER_KG, USD_PER_KG, values_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.batch import CompositionBatch
    from matsluice.tasks.screen.constraints import Keep


def without(atomic_numbers: Sequence[int]) -> Keep:
    """Keep what contains none of these elements.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> without([82])(parse_formulas(["PbS", "ZnS"]).batch).tolist()
    [False, True]
    """
    numbers = np.asarray(atomic_numbers, dtype=np.int16)
    return lambda some: ~_any(some, np.isin(some.atomic_numbers, numbers))


def only(atomic_numbers: Sequence[int]) -> Keep:
    """Keep what contains no other elements than these."""
    numbers = np.asarray(atomic_numbers, dtype=np.int16)
    return lambda some: ~_any(some, ~np.isin(some.atomic_numbers, numbers))


def with_any(atomic_numbers: Sequence[int]) -> Keep:
    """Keep what contains at least one of these elements."""
    numbers = np.asarray(atomic_numbers, dtype=np.int16)
    return lambda some: _any(some, np.isin(some.atomic_numbers, numbers))


def element_count(bounds: Sequence[int]) -> Keep:
    """Keep what has from bounds[0] to bounds[1] different elements."""
    low, high = bounds

    def keep(some: CompositionBatch) -> NDArray[np.bool_]:
        counts = np.diff(some.offsets)
        return np.asarray((low <= counts) & (counts <= high))

    return keep


def atom_count(bounds: Sequence[int]) -> Keep:
    """Keep what has from bounds[0] to bounds[1] atoms in the smallest whole formula.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> atom_count([2, 5])(parse_formulas(["Fe2O3", "Fe4O6", "Fe3O4", "Fe"]).batch).tolist()
    [True, True, False, False]
    """
    low, high = bounds

    def keep(some: CompositionBatch) -> NDArray[np.bool_]:
        atoms = np.add.reduceat(some.amounts, some.offsets[:-1])
        return np.asarray((low <= atoms) & (atoms <= high))

    return keep


def charge_balanced(own_states: Mapping[str, tuple[int, ...]]) -> Keep:
    """Keep what usual charges balance, as `UsualCharges` says; some elements may have states of their own."""
    return usual_charges(own_states).balance


def abundant(at_least: float) -> Keep:
    """Keep what contains no element rarer in the Earth's crust than so many mg/kg, nor one that is not found there.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> abundant(1.0)(parse_formulas(["ZnS", "CdTe", "PmCl3"]).batch).tolist()
    [True, False, False]
    """
    crust = by_atomic_number(values_in(CRUST_MG_PER_KG))
    return lambda some: ~_any(some, ~(crust[some.atomic_numbers] >= at_least))


def cheap(asked: Mapping[str, float | Mapping[str, float]]) -> Keep:
    """Keep what its elements cost at most so many US dollars a kg of; nothing with an element of unknown price.

    Parameters
    ----------
    asked
        "at_most", in US dollars per kg, and "prices": symbol → price in place of `USD_PER_KG`.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> some = parse_formulas(["ZnS", "InAs", "PmCl3"]).batch
    >>> cheap({"at_most": 50.0, "prices": {}})(some).tolist()
    [True, False, False]
    """
    at_most, own = asked["at_most"], asked["prices"]
    assert isinstance(own, Mapping)
    price = by_atomic_number({**values_in(USD_PER_KG), **own})
    mass = _masses()

    def keep(some: CompositionBatch) -> NDArray[np.bool_]:
        grams = some.amounts * mass[some.atomic_numbers]
        first = some.offsets[:-1]
        dollars = np.add.reduceat(grams * price[some.atomic_numbers], first)
        return np.asarray(dollars <= at_most * np.add.reduceat(grams, first))

    return keep


@lru_cache(maxsize=1)
def _masses() -> NDArray[np.float64]:
    from matsluice.tasks.features.composition.element_table import pymatgen_table

    return pymatgen_table([("atomic_mass", "Atomic mass")]).values[:, 0]


def by_atomic_number(values: Mapping[str, float]) -> NDArray[np.float64]:
    """Return a table by atomic number, (119,), NaN where there is no value.

    Examples
    --------
    >>> by_atomic_number({"H": 1.5})[:3].tolist()
    [nan, 1.5, nan]
    """
    table = np.full(LAST_ATOMIC_NUMBER + 1, np.nan)
    for symbol, value in values.items():
        table[ATOMIC_NUMBERS[symbol]] = value
    return table


def _any(some: CompositionBatch, entries: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each composition whether that holds of any of its elements, (n,)."""
    return np.logical_or.reduceat(entries, some.offsets[:-1])
