"""Where the columns of blocks stand in a matrix of all of them."""

from __future__ import annotations

from collections.abc import Iterable

from matsluice.tasks.features.known_blocks import find_block


def block_columns(words: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return block → its first column in the matrix and the one behind its last.

    Examples
    --------
    >>> block_columns(["composition.fractions", "structure.electrostatic"])
    {'composition.fractions': (0, 118), 'structure.electrostatic': (118, 123)}
    """
    found, start = {}, 0
    for word in words:
        stop = start + len(find_block(word).make().columns())
        found[word] = (start, stop)
        start = stop
    return found
