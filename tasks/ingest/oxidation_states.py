"""Oxidation states as a person writes them, in place of the common ones."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from matsluice.tasks.material.elements import ATOMIC_NUMBERS, SYMBOLS

# Elements for which pymatgen 2026.10 knows no common oxidation state or no electronegativity.
NEVER_BALANCED = frozenset({"He", "Ne", "Ar", "Rn", *SYMBOLS[104:]})

# The lowest is known from B, Al and Ga, the highest from Ir (doi:10.1038/nature13795).
OxidationState = Annotated[int, Field(ge=-5, le=9)]
STATES_ALLOWED = "lists of whole numbers from -5 to 9 without 0, such as { Cu = [1, 2] }"


def ordered_states(given: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Return symbol → its states ascending, in order of atomic number.

    Raises
    ------
    ValueError
        No state, 0, or one that stands twice.

    Examples
    --------
    >>> ordered_states({"Cu": (2, 1)})
    {'Cu': (1, 2)}
    """
    for symbol, states in given.items():
        if not states or 0 in states or len(set(states)) < len(states):
            raise ValueError(f"{symbol}: write its states as a list, each once and none of them 0")
    return {symbol: tuple(sorted(given[symbol])) for symbol in sorted(given, key=ATOMIC_NUMBERS.__getitem__)}


def each_once(values: tuple[object, ...]) -> None:
    """Raise ValueError where a value stands more than once."""
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value} stands more than once; name each once")
