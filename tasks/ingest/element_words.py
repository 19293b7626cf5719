"""Elements as people write them: symbols, and "radioactive" for all that have no stable isotope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsluice.infra.mistakes import nearest
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable

# Tc, Pm and all from Po on, thorium and uranium among them: no isotope is observationally stable (IUPAC 2021,
# doi:10.1515/pac-2019-0603). Bi is not in the list: 209Bi lives 2.0e19 years (doi:10.1038/nature01541), 1e9
# times the age of the universe, and is handled as a stable element everywhere.
RADIOACTIVE: tuple[str, ...] = tuple(s for s, z in ATOMIC_NUMBERS.items() if z in {43, 61} or z >= 84)


def known_symbol(word: str) -> str:
    """Return the symbol, or raise ValueError with the sentence that says what was meant.

    >>> known_symbol("pb")
    Traceback (most recent call last):
        ...
    ValueError: "pb" is not the symbol of an element; did you mean "Pb"?
    """
    if word in ATOMIC_NUMBERS:
        return word
    like = nearest(word, ATOMIC_NUMBERS)
    raise ValueError(
        f'"{word}" is not the symbol of an element' + (f'; did you mean "{like}"?' if like else "")
    )


def known_symbol_or_group(word: str) -> str:
    """Return the symbol or the group word "radioactive", or raise ValueError with what was meant.

    >>> known_symbol_or_group("radoactive")
    Traceback (most recent call last):
        ...
    ValueError: "radoactive" is no symbol of an element, nor "radioactive"; did you mean "radioactive"?
    """
    if word in ATOMIC_NUMBERS or word == "radioactive":
        return word
    like = nearest(word, [*ATOMIC_NUMBERS, "radioactive"])
    hint = f'; did you mean "{like}"?' if like else ""
    raise ValueError(f'"{word}" is no symbol of an element, nor "radioactive"{hint}')


def expand_groups(words: Iterable[str]) -> tuple[str, ...]:
    """Return the symbols the words stand for, each once, in order of atomic number.

    >>> expand_groups(["Pb", "Cd", "radioactive"])[:4]
    ('Tc', 'Cd', 'Pm', 'Pb')
    """
    symbols = {symbol for word in words for symbol in (RADIOACTIVE if word == "radioactive" else (word,))}
    return tuple(sorted(symbols, key=ATOMIC_NUMBERS.__getitem__))
