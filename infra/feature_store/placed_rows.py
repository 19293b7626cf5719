"""Rows of a store's parts, with the places where they are wanted: numbers of one width, to be kept in a plain file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.part_rows import keys_of, texts_of
from matsluice.infra.feature_store.wanted_keys import Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A part of a large store is used in pieces, so that what is copied stays some 30 MB.
PIECE_VALUES = 4_000_000
# Where there is no text.
NO_TEXT = -1


def placed_row(columns: int) -> np.dtype[np.void]:
    """Return what a row of a part with its place is; texts and hosts are numbers in `Placing`'s lists."""
    return np.dtype(
        [
            ("place", np.int64),
            ("undefined", np.int32),
            ("refused", np.int32),
            ("detail", np.int32),
            ("seconds", np.float32),
            ("host", np.int16),
            ("attempt", np.int16),
            ("values", np.float64, (columns,)),
        ],
        align=True,
    )


class Words:
    """Texts, each of which has a number, in the order in which they were first met.

    Examples
    --------
    >>> words = Words()
    >>> [words.number_of(text) for text in ("b", "a", "b")], words.met
    ([0, 1, 0], ['b', 'a'])
    """

    def __init__(self) -> None:
        self.met: list[str] = []
        self._numbers: dict[str, int] = {}

    def number_of(self, text: str) -> int:
        """Return the number of a text, the next one if it is new."""
        number = self._numbers.setdefault(text, len(self.met))
        if number == len(self.met):
            self.met.append(text)
        return number


@dataclass(slots=True)
class Placing:
    """Finds the rows that are wanted in the parts of a table.

    Attributes
    ----------
    table, wanted
        Whose parts, and the keys that are looked for.
    hosts, texts
        Names of machines; texts, of which as a rule many rows share a few.
    """

    table: BlockTable
    wanted: Wanted
    hosts: Words = field(default_factory=Words)
    texts: Words = field(default_factory=Words)

    def placed(self, parts: Iterable[pa.Table]) -> Iterator[NDArray[Any]]:
        """Give the rows of the parts that are wanted, (k,) of `placed_row`, by ascending place, some MB at a time."""
        for part in parts:
            rows_at_most = max(1, PIECE_VALUES // max(1, part.num_columns))
            for start in range(0, part.num_rows, rows_at_most):
                yield self._placed(part.slice(start, rows_at_most))

    def _placed(self, piece: pa.Table) -> NDArray[Any]:
        rows, places = self.wanted.match(keys_of(piece.column("key")))
        # In the order of the array that is filled, each page of it is touched once.
        order = np.argsort(places)
        rows = rows[order]
        placed = np.empty(len(rows), placed_row(len(self.table.columns)))
        placed["place"] = places[order]
        for name in ("undefined", "refused", "detail"):
            placed[name] = self._numbers(piece.column(name), rows)
        placed["seconds"] = piece.column("seconds").to_numpy()[rows]
        placed["attempt"] = piece.column("attempt").to_numpy()[rows]
        names = piece.column("host").combine_chunks().dictionary_encode()
        own = [self.hosts.number_of(name) for name in names.dictionary.to_pylist()]
        placed["host"] = np.array(own, np.int16)[names.indices.to_numpy()[rows]] if own else 0
        values = placed["values"]
        for j, name in enumerate(self.table.columns):
            # Null becomes NaN.
            values[:, j] = piece.column(name).to_numpy()[rows]
        return placed

    def _numbers(self, column: pa.ChunkedArray, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        numbers = np.full(len(rows), NO_TEXT, np.int32)
        if column.null_count < len(column):
            there = np.flatnonzero(column.is_valid().to_numpy()[rows])
            found = texts_of(column, rows[there])
            numbers[there] = [self.texts.number_of(text or "") for text in found]
        return numbers
