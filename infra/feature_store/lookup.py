"""Finding materials in a block's table by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matsluice.infra.feature_store.block_table import KEY_DTYPE, BlockTable
from matsluice.infra.feature_store.part_rows import Refused, keys_of, texts_of
from matsluice.infra.feature_store.reading import whole_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """Keys one looks for, in the order of a 64-bit hash; one key may be wanted at several places.

    Numbers are found among a million several times faster than texts. A hash only says where to look: keys
    themselves are compared.

    Examples
    --------
    >>> wanted = Wanted.of(np.array([b"b", b"a", b"b"]))
    >>> rows, places = wanted.match(np.array([b"x", b"a", b"b"]))
    >>> sorted(zip(rows.tolist(), places.tolist()))
    [(1, 1), (2, 0), (2, 2)]
    """

    hashes: NDArray[np.uint64]
    different: NDArray[np.bytes_]
    starts: NDArray[np.int64]
    places: NDArray[np.int64]
    seed: int

    @classmethod
    def of(cls, keys: NDArray[np.bytes_]) -> Wanted:
        """Sort the keys (n,)."""
        keys = keys.astype(KEY_DTYPE, copy=False)
        seed = 0
        while True:
            hashes = _hashes(keys, seed)
            places = np.argsort(hashes, kind="stable")
            ordered, ordered_hashes = keys[places], hashes[places]
            first = np.ones(len(keys), dtype=bool)
            first[1:] = ordered_hashes[1:] != ordered_hashes[:-1]
            # Two different keys of one hash: once in some ten million tries, then with another seed.
            if (first[1:] | (ordered[1:] == ordered[:-1])).all():
                break
            seed += 1
        starts = np.append(np.flatnonzero(first), len(keys))
        if not first.all():  # of a million keys, which as a rule are different, no copy is made
            ordered_hashes, ordered = ordered_hashes[first], ordered[first]
        return cls(ordered_hashes, ordered, starts, places, seed)

    def first_places(self) -> NDArray[np.int64]:
        """Return the first place of each different key, in order.

        Examples
        --------
        >>> Wanted.of(np.array([b"b", b"a", b"b"])).first_places().tolist()
        [0, 1]
        """
        return np.sort(self.places[self.starts[:-1]])

    def match(self, keys: NDArray[np.bytes_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (rows of `keys` that are wanted, the places that want them), a row once for every place."""
        if not len(self.different):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        keys = keys.astype(KEY_DTYPE, copy=False)
        hashes = _hashes(keys, self.seed)
        # In ascending order, neighbours are found in the same corner of memory.
        order = np.argsort(hashes)
        at = np.searchsorted(self.hashes, hashes[order])
        at[at == len(self.hashes)] = 0
        is_wanted = self.different[at] == keys[order]
        rows, at = order[is_wanted], at[is_wanted]
        start, stop = self.starts[at], self.starts[at + 1]
        times = stop - start
        # The first place of each row, and how far each place is behind it.
        behind = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        return np.repeat(rows, times), self.places[np.repeat(start, times) + behind]


def _hashes(keys: NDArray[np.bytes_], seed: int) -> NDArray[np.uint64]:
    """Return a hash (n,) of keys (n,), S32: its four words, mixed as in MurmurHash's last step."""
    words = np.ascontiguousarray(keys).view(np.uint64).reshape(len(keys), keys.itemsize // 8)
    mixed = np.full(len(keys), seed, np.uint64)
    for word in words.T:
        mixed = (mixed ^ word) * np.uint64(0xFF51AFD7ED558CCD)
        mixed ^= mixed >> np.uint64(33)
    return mixed


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


def look_up(table: BlockTable, keys: NDArray[np.bytes_]) -> Found:
    """Return what the table holds of the keys (n,); parts that are damaged are dropped and count for nothing.

    Where a key stands several times, values win over a refusal, and the latest attempt over earlier ones.
    """
    wanted = Wanted.of(keys)
    computed = np.zeros(len(keys), dtype=bool)
    known: dict[int, tuple[int, Refused]] = {}
    for part in whole_parts(table, ["key", "refused", "detail", "attempt"]):
        rows, places = wanted.match(keys_of(part.column("key")))
        is_refused = part.column("refused").is_valid().to_numpy()[rows]
        computed[places[~is_refused]] = True
        for place, attempt, why in refusals_of(part, rows[is_refused], places[is_refused]):
            known[place] = latest(known.get(place), (attempt, why))
    found = computed.copy()
    found[list(known)] = True
    left = {place: each for place, each in sorted(known.items()) if not computed[place]}
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
