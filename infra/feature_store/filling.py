"""Bringing a block's values from its table into an array, one part in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.lookup import Wanted, latest, refusals_of
from matsluice.infra.feature_store.part_rows import Refused, keys_of, texts_of
from matsluice.infra.feature_store.parts import MissingRows
from matsluice.infra.feature_store.reading import whole_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A part of a large store is used in pieces, so that what is copied stays some 30 MB.
PIECE_VALUES = 4_000_000
NOTHING, REFUSED, COMPUTED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of the keys whose values were asked for.

    Attributes
    ----------
    undefined
        Place → why some of its values are undefined.
    refused
        Place → why the block refused it.
    attempts
        (n,), int16: how often the row was tried.
    seconds
        (n,), float32: wall time the row cost when it was computed.
    host
        (n,), int16: which of `hosts` computed it.
    hosts
        Names of machines.
    """

    undefined: dict[int, str]
    refused: dict[int, Refused]
    attempts: NDArray[np.int16]
    seconds: NDArray[np.float32]
    host: NDArray[np.int16]
    hosts: tuple[str, ...]


@dataclass(slots=True)
class _Filling:
    """An array that is being filled. Which row counts never depends on the order in which parts are read."""

    out: NDArray[np.float64]
    state: NDArray[np.int8]
    seconds: NDArray[np.float32]
    host: NDArray[np.int16]
    attempts: NDArray[np.int16]
    undefined: dict[int, str] = field(default_factory=dict)
    known: dict[int, tuple[int, Refused]] = field(default_factory=dict)
    hosts: dict[str, int] = field(default_factory=dict)

    def take(self, table: BlockTable, part: pa.Table, wanted: Wanted) -> None:
        """Take the rows of a part that are wanted."""
        rows, places = wanted.match(keys_of(part.column("key")))
        is_refused = part.column("refused").is_valid().to_numpy()[rows]
        self._take_refusals(part, rows[is_refused], places[is_refused])
        rows, places = rows[~is_refused], places[~is_refused]
        new = self.state[places] != COMPUTED
        self._take_values(table, part, rows[new], places[new])
        self._settle(table, part, rows[~new], places[~new])

    def _take_refusals(self, part: pa.Table, rows: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        wins = self.state[places] == NOTHING
        for i, (place, attempt, why) in enumerate(refusals_of(part, rows, places)):
            before = self.known.get(place)
            self.known[place] = latest(before, (attempt, why))
            wins[i] |= self.known[place] != before and self.state[place] == REFUSED
        self.out[places[wins]] = np.nan
        self.state[places[wins]] = REFUSED
        self._note_cost(part, rows[wins], places[wins])

    def _take_values(
        self, table: BlockTable, part: pa.Table, rows: NDArray[np.int64], places: NDArray[np.int64]
    ) -> None:
        if not len(rows):
            return
        # In the order of the array, each page of a file is touched once.
        order = np.argsort(places)
        rows, places = rows[order], places[order]
        self.out[places] = _values(table, part, rows)
        self.state[places] = COMPUTED
        self._note_cost(part, rows, places)
        for place, why in _undefined(part, rows, places):
            self.undefined[place] = why

    def _settle(
        self, table: BlockTable, part: pa.Table, rows: NDArray[np.int64], places: NDArray[np.int64]
    ) -> None:
        """Choose where a row was computed twice: equal as a rule; else the one whose bits are smaller."""
        if not len(rows):
            return
        values = _values(table, part, rows)
        differ = (values.view(np.uint64) != self.out[places].view(np.uint64)).any(axis=1)
        for i in np.flatnonzero(differ).tolist():
            if values[i].tobytes() < self.out[places[i]].tobytes():
                self.undefined.pop(int(places[i]), None)
                self._take_values(table, part, rows[i : i + 1], places[i : i + 1])

    def _note_cost(self, part: pa.Table, rows: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        self.seconds[places] = part.column("seconds").to_numpy()[rows]
        self.attempts[places] = part.column("attempt").to_numpy()[rows]
        names = part.column("host").combine_chunks().dictionary_encode()
        own = [self.hosts.setdefault(name, len(self.hosts)) for name in names.dictionary.to_pylist()]
        if own:
            self.host[places] = np.array(own, np.int16)[names.indices.to_numpy()[rows]]


def fill(table: BlockTable, keys: NDArray[np.bytes_], out: NDArray[np.float64]) -> Filled:
    """Write the values of the keys (n,) into `out` (n, columns).

    Undefined values and those of refused materials become NaN. Where a key stands several times, values win
    over a refusal, and the latest attempt over earlier ones.

    Parameters
    ----------
    table, keys
        What is looked for; one key may stand at several places.
    out
        Shape (n, columns). Rows come in any order: a mapped file is better written from an array in memory.

    Raises
    ------
    DamagedPart
        Part files were damaged after they were written; they are dropped. The materials are to be computed
        again.
    MissingRows
        A key is not in the table.
    """
    return fill_from(whole_parts(table, strict=True), table, keys, out)


def fill_from(
    parts: Iterable[pa.Table], table: BlockTable, keys: NDArray[np.bytes_], out: NDArray[np.float64]
) -> Filled:
    """Write the values of the keys (n,) into `out` (n, columns) from these parts; else as `fill`."""
    n = len(keys)
    wanted = Wanted.of(keys)
    small = np.zeros(n, np.int16)
    filling = _Filling(out, np.zeros(n, np.int8), np.zeros(n, np.float32), small, small.copy())
    for part in parts:
        for piece in _pieces(part):
            filling.take(table, piece, wanted)
    lacking = np.flatnonzero(filling.state == NOTHING)
    if len(lacking):
        raise MissingRows(
            f"{table.block} version {table.version} has no values for key {keys[int(lacking[0])].decode()}"
        )
    refused = {p: each for p, each in sorted(filling.known.items()) if filling.state[p] == REFUSED}
    return Filled(
        filling.undefined,
        {place: why for place, (_, why) in refused.items()},
        filling.attempts,
        filling.seconds,
        filling.host,
        tuple(filling.hosts),
    )


def _pieces(part: pa.Table) -> Iterator[pa.Table]:
    rows = max(1, PIECE_VALUES // max(1, part.num_columns))
    for start in range(0, part.num_rows, rows):
        yield part.slice(start, rows)


def _values(table: BlockTable, part: pa.Table, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    values = np.empty((len(rows), len(table.columns)))
    for j, name in enumerate(table.columns):
        # Null becomes NaN.
        values[:, j] = part.column(name).to_numpy()[rows]
    return values


def _undefined(
    part: pa.Table, rows: NDArray[np.int64], places: NDArray[np.int64]
) -> Iterator[tuple[int, str]]:
    there = part.column("undefined").is_valid().to_numpy()[rows]
    texts = texts_of(part.column("undefined"), rows[there])
    for place, text in zip(places[there].tolist(), texts, strict=True):
        yield place, text or ""
