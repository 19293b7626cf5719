"""Bringing a block's values from its table into an array, one part in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.lookup import latest
from matsluice.infra.feature_store.part_rows import Refused
from matsluice.infra.feature_store.parts import MissingRows
from matsluice.infra.feature_store.placed_rows import NO_TEXT, Placing, Words
from matsluice.infra.feature_store.reading import whole_parts
from matsluice.infra.feature_store.wanted_keys import Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
class Filling:
    """An array that is being filled. Which row counts never depends on the order in which parts are read.

    Attributes
    ----------
    out
        (n, columns), for the places from `first` on.
    texts
        What the numbers of texts mean.
    """

    out: NDArray[np.float64]
    first: int
    texts: Words
    state: NDArray[np.int8] = field(init=False)
    seconds: NDArray[np.float32] = field(init=False)
    host: NDArray[np.int16] = field(init=False)
    attempts: NDArray[np.int16] = field(init=False)
    undefined: dict[int, str] = field(default_factory=dict)
    known: dict[int, tuple[int, Refused]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        n = len(self.out)
        self.state, self.seconds = np.zeros(n, np.int8), np.zeros(n, np.float32)
        self.host, self.attempts = np.zeros(n, np.int16), np.zeros(n, np.int16)

    def take(self, placed: NDArray[Any]) -> None:
        """Take rows, (k,) of `placed_row`, all of different places."""
        is_refused = placed["refused"] != NO_TEXT
        if is_refused.any():
            self._take_refusals(placed[is_refused])
            placed = placed[~is_refused]
        is_new = self.state[placed["place"] - self.first] != COMPUTED
        if is_new.all():
            self._take_values(placed)
        else:
            self._take_values(placed[is_new])
            self._settle(placed[~is_new])

    def _take_refusals(self, placed: NDArray[Any]) -> None:
        places = placed["place"] - self.first
        wins = self.state[places] == NOTHING
        for i, (place, row) in enumerate(zip(places.tolist(), placed, strict=True)):
            why = Refused.as_stored(self._text(row["refused"]), self._text(row["detail"]))
            before = self.known.get(place)
            self.known[place] = latest(before, (int(row["attempt"]), why))
            wins[i] |= self.known[place] != before and self.state[place] == REFUSED
        self.out[places[wins]] = np.nan
        self.state[places[wins]] = REFUSED
        self._note_cost(placed[wins])

    def _take_values(self, placed: NDArray[Any]) -> None:
        places = placed["place"] - self.first
        self.out[places] = placed["values"]
        self.state[places] = COMPUTED
        self._note_cost(placed)
        for i in np.flatnonzero(placed["undefined"] != NO_TEXT).tolist():
            self.undefined[int(places[i])] = self._text(placed["undefined"][i])

    def _settle(self, placed: NDArray[Any]) -> None:
        """Choose where a row was computed twice: equal as a rule; else the one whose bits are smaller."""
        places, values = placed["place"] - self.first, np.ascontiguousarray(placed["values"])
        differ = (values.view(np.uint64) != self.out[places].view(np.uint64)).any(axis=1)
        for i in np.flatnonzero(differ).tolist():
            if values[i].tobytes() < self.out[places[i]].tobytes():
                self.undefined.pop(int(places[i]), None)
                self._take_values(placed[i : i + 1])

    def _note_cost(self, placed: NDArray[Any]) -> None:
        places = placed["place"] - self.first
        self.seconds[places] = placed["seconds"]
        self.attempts[places] = placed["attempt"]
        self.host[places] = placed["host"]

    def _text(self, number: int) -> str:
        return "" if number == NO_TEXT else self.texts.met[number]

    def lacking(self) -> int | None:
        """Return the first place for which nothing was taken, None where there is none."""
        lacking = np.flatnonzero(self.state == NOTHING)
        return self.first + int(lacking[0]) if len(lacking) else None

    def done(self, hosts: Iterable[str]) -> Filled:
        """Return what became of the keys."""
        refused = {p: why for p, (_, why) in sorted(self.known.items()) if self.state[p] == REFUSED}
        return Filled(self.undefined, refused, self.attempts, self.seconds, self.host, tuple(hosts))


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
    placing = Placing(table, Wanted.of(keys))
    return filled_from(placing.placed(parts), placing, keys, out)


def filled_from(
    placed: Iterable[NDArray[Any]],
    placing: Placing,
    keys: NDArray[np.bytes_],
    out: NDArray[np.float64],
    first: int = 0,
) -> Filled:
    """Write rows that have their places into `out` (n, columns), which is for the places from `first` on.

    Raises
    ------
    MissingRows
        One of the keys, which are those of all places, has no row.
    """
    filling = Filling(out, first, placing.texts)
    for some in placed:
        filling.take(some)
    lacking = filling.lacking()
    if lacking is not None:
        table = placing.table
        raise MissingRows(
            f"{table.block} version {table.version} has no values for key {keys[lacking].decode()}"
        )
    return filling.done(placing.hosts.met)
