"""Elements as structure files write them: with charges, numbers and labels around the symbol."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.material.refusal import quoted

# "Fe", "Fe3+", "Fe+3", "Fe2.5+", "O2-", "Fe0+", "Fe1" (a number without a sign counts atoms of one kind).
_SYMBOL: Final = re.compile(r"([A-Za-z]{1,2})(?:\d*\.?\d*[+-]?|[+-]\d*\.?\d*)")
_LETTERS: Final = re.compile(r"[A-Za-z]+")
_ISOTOPES: Final = ("D", "T")


@lru_cache(maxsize=4096)
def atomic_number(text: str) -> int:
    """Return the element a species stands for, its oxidation state left out.

    Raises
    ------
    CellRefused
        "unknown element": no element, an isotope, or a group of atoms such as OH2.

    Examples
    --------
    >>> atomic_number("Fe3+"), atomic_number("O-2"), atomic_number("CL")
    (26, 8, 17)
    """
    found = _SYMBOL.fullmatch(text.strip())
    symbol = found[1].capitalize() if found else ""
    if symbol in ATOMIC_NUMBERS:
        return ATOMIC_NUMBERS[symbol]
    raise _unknown(text, symbol)


@lru_cache(maxsize=4096)
def atomic_number_of_label(text: str) -> int:
    """Return the element a label such as "Fe1", "O_a" or "Ow2" begins with.

    Raises
    ------
    CellRefused
        "unknown element"; "ambiguous element" where capitals leave open which it is: "CO1" is Co, or a C.

    Examples
    --------
    >>> atomic_number_of_label("Fe1"), atomic_number_of_label("O_a"), atomic_number_of_label("Ow2")
    (26, 8, 8)
    """
    found = _LETTERS.match(text.strip())
    letters = found[0] if found else ""
    one, two = letters[:1].upper(), letters[:2].capitalize()
    first, second = ATOMIC_NUMBERS.get(one, 0), ATOMIC_NUMBERS.get(two, 0) if len(letters) > 1 else 0
    # "Fe1" is written as an element is; "FE1" may be an F that somebody calls E1.
    if first and second and not letters[1].islower():
        raise CellRefused(
            "ambiguous element",
            f"the label {quoted(text)} may be {two} or {one}; name the elements in _atom_site_type_symbol",
        )
    if second or first:
        return second or first
    raise _unknown(text, one if one in _ISOTOPES else "")


def _unknown(text: str, symbol: str) -> CellRefused:
    if symbol in _ISOTOPES:
        return CellRefused(
            "unknown element",
            f"{quoted(text)} is an isotope of hydrogen, for which no element data are kept; write H",
        )
    return CellRefused("unknown element", f"{quoted(text)} is not an element")
