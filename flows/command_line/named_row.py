"""A row of a table in the terminal: a name, and numbers under their heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

NAME_WIDTH: Final = 28


def named_row(name: str, numbers: str, *, indent: str = "") -> Iterator[str]:
    """Give the line of a row; a name too long for its column has a line of its own.

    Examples
    --------
    >>> list(named_row("composition.magpie", f"{132:>8}"))
    ['composition.magpie               132']
    >>> list(named_row("structure.radial(cutoff=6, step=0.25)", f"{90:>8}"))
    ['structure.radial(cutoff=6, step=0.25)', '                                  90']
    """
    if len(name) > NAME_WIDTH:
        yield indent + name
        name = ""
    yield f"{indent}{name:<{NAME_WIDTH}}{numbers}".rstrip()
