"""Which compositions the usual charges of their elements balance: what is enumerated, and what a screen may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from matsluice.tasks.material.elements import ATOMIC_NUMBERS, LAST_ATOMIC_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from matsluice.tasks.material.batch import CompositionBatch

# Numbers of atoms of several elements that are tried at once.
MOST_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class UsualCharges:
    """The common oxidation states of the elements, and their order by electronegativity.

    A composition balances where Σ nᵢqᵢ = 0 with one state qᵢ for each element and every cation less electronegative
    (Pauling) than every anion, as in the screening of Davies et al. 2016, doi:10.1016/j.chempr.2016.09.010.

    Attributes
    ----------
    rank : (119,) int64
        The place of each element from the least to the most electronegative, of equals by symbol; −1 where no
        electronegativity is known.
    first : (120,) int64
        Where each element's states begin in `states`.
    states : (s,) float64
        Increasing for each element.
    """

    rank: NDArray[np.int64]
    first: NDArray[np.int64]
    states: NDArray[np.float64]

    def of(self, atomic_number: int) -> tuple[int, ...]:
        """Return an element's states, increasing; none where none is common.

        Examples
        --------
        >>> usual_charges().of(50), usual_charges({"Cu": (1, 2)}).of(29)
        ((-4, 2, 4), (1, 2))
        """
        some = self.states[self.first[atomic_number] : self.first[atomic_number + 1]]
        return tuple(int(state) for state in some)

    def balance(self, materials: CompositionBatch) -> NDArray[np.bool_]:
        """Return for each of n compositions whether some states balance it, (n,).

        An element alone does not balance: nothing is an ion there.

        Examples
        --------
        >>> from matsluice.tasks.material import parse_formulas
        >>> usual_charges().balance(parse_formulas(["NaCl", "NaCl2", "Fe3O4", "Si"]).batch).tolist()
        [True, False, False, False]
        """
        from matsluice.tasks.material.usual_charges_kernel import balanced  # imports numba

        found = np.zeros(len(materials), dtype=np.bool_)
        columns = (materials.offsets, materials.atomic_numbers, materials.amounts)
        balanced(*columns, self.rank, self.first, self.states, found)
        return found


def usual_charges(own: Mapping[str, tuple[int, ...]] | None = None) -> UsualCharges:
    """Return the charges of pymatgen's periodic table (doi:10.1016/j.commatsci.2012.10.028).

    Parameters
    ----------
    own
        Symbol → states in place of pymatgen's common ones.
    """
    return _charges(tuple(sorted((symbol, tuple(states)) for symbol, states in (own or {}).items())))


@lru_cache(maxsize=4)  # the periodic table is read once in a process
def _charges(own_states: tuple[tuple[str, tuple[int, ...]], ...]) -> UsualCharges:
    from pymatgen.core.periodic_table import Element  # 0.3 s, and only this function needs it

    elements = [Element.from_Z(z) for z in range(1, LAST_ATOMIC_NUMBER + 1)]
    own = dict(own_states)
    known = [element for element in elements if element.data.get("X") is not None]
    rank = np.full(LAST_ATOMIC_NUMBER + 1, -1, dtype=np.int64)
    for place, element in enumerate(sorted(known, key=lambda e: (float(e.data["X"]), e.symbol))):
        rank[element.Z] = place
    states: list[float] = []
    first = [0, 0]
    for element in elements:
        common = own.get(element.symbol, element.data.get("Common oxidation states") or ())
        states += sorted(float(state) for state in common)
        first.append(len(states))
    return UsualCharges(rank, np.array(first, dtype=np.int64), np.array(states))


class ElementStates(NamedTuple):
    """An element with the oxidation states it may have."""

    symbol: str
    states: tuple[int, ...]


def elements_with_states(symbols: Sequence[str], own: Mapping[str, tuple[int, ...]]) -> list[ElementStates]:
    """Return the elements from the least to the most electronegative, never in the order given.

    Parameters
    ----------
    symbols
        Each once.
    own
        Symbol → states in place of the common ones.

    Examples
    --------
    >>> elements_with_states(["O", "Cu"], {"Cu": (1, 2)})
    [ElementStates(symbol='Cu', states=(1, 2)), ElementStates(symbol='O', states=(-2,))]
    """
    charges = usual_charges(own)
    ordered = sorted(symbols, key=lambda symbol: int(charges.rank[ATOMIC_NUMBERS[symbol]]))
    return [ElementStates(symbol, charges.of(ATOMIC_NUMBERS[symbol])) for symbol in ordered]


def is_ionic(states: tuple[int, ...]) -> bool:
    """Return whether the states, from the least to the most electronegative element, are cations and then anions.

    As in the screening of Davies et al. 2016, doi:10.1016/j.chempr.2016.09.010.

    Examples
    --------
    >>> is_ionic((2, 4, -2)), is_ionic((2, -3, 4)), is_ionic((1, 2))
    (True, False, False)
    """
    anions = [q < 0 for q in states]
    return 0 not in states and not anions[0] and anions[-1] and anions == sorted(anions)


def balanced_counts(states: tuple[int, ...], largest: int) -> Iterator[tuple[int, ...]]:
    """Give the counts nᵢ in lowest terms with Σ nᵢqᵢ = 0 and 1 ≤ nᵢ ≤ `largest`, increasing.

    Examples
    --------
    >>> list(balanced_counts((3, -2), 4))
    [(2, 3)]
    """
    free = len(states) - 1
    at_once = max(k for k in range(1, free + 1) if k == 1 or largest**k <= MOST_AT_ONCE)
    tail = _all_counts(largest, at_once)
    charge = tail @ np.array(states[free - at_once : free])
    for first in product(range(1, largest + 1), repeat=free - at_once):
        charge_of_all = charge + sum(n * q for n, q in zip(first, states, strict=False))
        last, left_over = np.divmod(-charge_of_all, states[-1])
        balanced = np.flatnonzero((left_over == 0) & (last >= 1) & (last <= largest))
        before = np.broadcast_to(np.array(first, dtype=np.int64), (len(balanced), len(first)))
        counts = np.column_stack([before, tail[balanced], last[balanced]])
        yield from map(tuple, counts[np.gcd.reduce(counts, axis=1) == 1].tolist())


@lru_cache(maxsize=8)
def _all_counts(largest: int, elements: int) -> NDArray[np.int64]:
    """Return all numbers of atoms from 1 to `largest` of some elements, the first one slowest, (n, elements)."""
    return np.indices((largest,) * elements).reshape(elements, -1).T + 1


def neutral_states(elements: Sequence[ElementStates], counts: Sequence[int]) -> tuple[int, ...] | None:
    """Return the first choice of one state an element that is ionic with Σ nᵢqᵢ = 0; None where there is none.

    Parameters
    ----------
    elements
        From the least to the most electronegative.
    counts
        How many atoms of each.

    Examples
    --------
    >>> neutral_states(elements_with_states(["Sr", "Ti", "O"], {}), [1, 1, 3])
    (2, 4, -2)
    """
    for states in product(*(element.states for element in elements)):
        if is_ionic(states) and sum(n * q for n, q in zip(counts, states, strict=True)) == 0:
            return states
    return None
