"""Which formulas are charge-balanced: one rule for every source that makes materials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import product
from math import gcd
from typing import NamedTuple


class ElementStates(NamedTuple):
    """An element with its electronegativity (Pauling) and the oxidation states it may have."""

    symbol: str
    electronegativity: float
    states: tuple[int, ...]


def elements_with_states(symbols: Sequence[str], own: Mapping[str, tuple[int, ...]]) -> list[ElementStates]:
    """Return the elements from the least to the most electronegative, with pymatgen's common states.

    Parameters
    ----------
    symbols
        Each once.
    own
        Symbol → states in place of the common ones.

    Examples
    --------
    >>> [(e.symbol, e.states) for e in elements_with_states(["O", "Cu"], {"Cu": (1, 2)})]
    [('Cu', (1, 2)), ('O', (-2,))]
    """
    from pymatgen.core.periodic_table import Element

    found = [Element(symbol) for symbol in symbols]
    with_states = [
        ElementStates(
            element.symbol,
            float(element.X),
            tuple(sorted(own.get(element.symbol, element.common_oxidation_states))),
        )
        for element in found
    ]
    # Symbols break ties, so that the order never depends on the order in the campaign file.
    return sorted(with_states, key=lambda element: (element.electronegativity, element.symbol))


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
    """Give the counts nᵢ in lowest terms with Σ nᵢqᵢ = 0 and 1 ≤ nᵢ ≤ `largest`.

    Examples
    --------
    >>> list(balanced_counts((3, -2), 4))
    [(2, 3)]
    """
    for first in product(range(1, largest + 1), repeat=len(states) - 1):
        charge = sum(n * q for n, q in zip(first, states, strict=False))
        last, left_over = divmod(-charge, states[-1])
        if left_over == 0 and 1 <= last <= largest and reduce(gcd, first, last) == 1:
            yield (*first, last)


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
