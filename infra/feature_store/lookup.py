"""Finding materials in a block's table by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.part_rows import Refused, keys_of, texts_of
from matsluice.infra.feature_store.reading import whole_parts
from matsluice.infra.feature_store.wanted_keys import Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Found:
    """What a table holds of the keys that were asked for.

    Attributes
    ----------
    found
        (n,), whether the key is there, computed or refused.
    refused
        Place → why the block refused it.
    attempts
        Place → how often a refused one was tried.
    """

    found: NDArray[np.bool_]
    refused: dict[int, Refused]
    attempts: dict[int, int]


def look_up(table: BlockTable, keys: NDArray[np.bytes_], scratch: Path | None = None) -> Found:
    """Return what the table holds of the keys (n,); parts that are damaged are dropped and count for nothing.

    Where a key stands several times, values win over a refusal, and the latest attempt over earlier ones.

    Parameters
    ----------
    table, keys
        What is looked for, and where.
    scratch
        A folder for what is as long as the keys, some 50 bytes each, while this lasts; in memory if not given.
    """
    wanted = Wanted.of(keys, scratch)
    computed = np.zeros(len(keys), dtype=bool)
    known: dict[int, tuple[int, Refused]] = {}
    for part in whole_parts(table, ["key", "refused", "detail", "attempt"]):
        rows, places = wanted.match(keys_of(part.column("key")))
        is_refused = part.column("refused").is_valid().to_numpy()[rows]
        computed[places[~is_refused]] = True
        for place, attempt, why in refusals_of(part, rows[is_refused], places[is_refused]):
            known[place] = latest(known.get(place), (attempt, why))
    left = {place: each for place, each in sorted(known.items()) if not computed[place]}
    found = computed
    found[list(left)] = True
    return Found(
        found, {p: why for p, (_, why) in left.items()}, {p: tries for p, (tries, _) in left.items()}
    )


def refusals_of(
    part: pa.Table, rows: NDArray[np.int64], places: NDArray[np.int64]
) -> Iterator[tuple[int, int, Refused]]:
    """Give place, attempt and reason of refused rows."""
    if not len(rows):
        return
    attempts = part.column("attempt").to_numpy()[rows].tolist()
    reasons, details = (texts_of(part.column(name), rows) for name in ("refused", "detail"))
    for place, attempt, reason, detail in zip(places.tolist(), attempts, reasons, details, strict=True):
        yield place, attempt, Refused.as_stored(reason or "", detail or "")


def latest(one: tuple[int, Refused] | None, other: tuple[int, Refused]) -> tuple[int, Refused]:
    """Return the refusal that counts: the later attempt; of one attempt, whichever is read first counts not."""
    if one is None:
        return other
    return max(one, other, key=lambda each: (each[0], each[1].reason, each[1].detail))


def missing(table: BlockTable, keys: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Return where the keys stand that the table lacks: the first place of each, in order."""
    return first_places(keys, ~look_up(table, keys).found)


def first_places(keys: NDArray[np.bytes_], chosen: Sequence[bool] | NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first place of each of the chosen keys, in order."""
    places = np.flatnonzero(chosen)
    return places[np.sort(np.unique(keys[places], return_index=True)[1])]
