"""Elements that a person names for a block: "Al-Ga-O"."""

from __future__ import annotations

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.material.elements import ATOMIC_NUMBERS


def element_list(block: str, text: str) -> tuple[str, ...]:
    """Return the symbols, in the order in which they are named; none of an empty text.

    Parameters
    ----------
    block
        The block they are for, named where something is wrong with them.
    text
        Symbols with dashes or commas between.

    Raises
    ------
    InvalidInput
        One is no element, or stands twice.

    Examples
    --------
    >>> element_list("structure.radial", "Al-Ga, O")
    ('Al', 'Ga', 'O')
    """
    symbols = tuple(symbol.strip() for symbol in text.replace("-", ",").split(",")) if text.strip() else ()
    for symbol in symbols:
        if symbol not in ATOMIC_NUMBERS or symbols.count(symbol) > 1:
            raise InvalidInput(
                f'{block}: elements has "{symbol}"; it is a list of chemical symbols, each once, such as Al-Ga-O'
            )
    return symbols
