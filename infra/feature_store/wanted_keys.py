"""Keys one looks for, found among others by a 64-bit hash, with little of them in memory at a time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.feature_store.block_table import KEY_DTYPE
from matsluice.infra.workspace.scratch_arrays import STEP_ROWS, scratch_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Keys that are sorted at a time, about, and how many such groups there may be.
GROUP_KEYS = 1 << 16
MOST_GROUP_BITS = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """Keys one looks for, in the order of a 64-bit hash; one key may be wanted at several places.

    Numbers are found among a million several times faster than texts. A hash only says where to look: keys
    themselves are compared.

    Attributes
    ----------
    hashes, different
        The different keys (d,), S32, and their hashes, which ascend.
    starts
        (d + 1,), where the places of each begin; None where every key is wanted at one place.
    places
        (n,), where keys are wanted; the places of one key ascend.
    seed
        Of the hash.

    Examples
    --------
    >>> wanted = Wanted.of(np.array([b"b", b"a", b"b"]))
    >>> rows, places = wanted.match(np.array([b"x", b"a", b"b"]))
    >>> sorted(zip(rows.tolist(), places.tolist()))
    [(1, 1), (2, 0), (2, 2)]
    """

    hashes: NDArray[np.uint64]
    different: NDArray[np.bytes_]
    starts: NDArray[np.int64] | None
    places: NDArray[np.int64]
    seed: int

    @classmethod
    def of(cls, keys: NDArray[np.bytes_], scratch: Path | None = None) -> Wanted:
        """Sort the keys (n,); what is as long as they are stands in files in `scratch`, if that is given."""
        keys = keys.astype(KEY_DTYPE, copy=False)
        seed = 0
        while (made := cls._of(keys, seed, scratch)) is None:
            seed += 1
        return made

    @classmethod
    def _of(cls, keys: NDArray[np.bytes_], seed: int, scratch: Path | None) -> Wanted | None:
        n = len(keys)
        hashes, places, bounds = _grouped(keys, seed, scratch)
        ordered = scratch_array(n, KEY_DTYPE, scratch)
        first = scratch_array(n, np.bool_, scratch)
        for start, stop in pairwise(bounds):
            # A stable order: the places of one key ascend.
            order = np.argsort(hashes[start:stop], kind="stable")
            some_hashes, some_places = hashes[start:stop][order], places[start:stop][order]
            some_keys = keys[some_places]
            hashes[start:stop], places[start:stop], ordered[start:stop] = some_hashes, some_places, some_keys
            is_first = np.ones(stop - start, dtype=bool)
            is_first[1:] = some_hashes[1:] != some_hashes[:-1]
            # Two different keys of one hash: once in some ten million tries, then with another seed.
            if not (is_first[1:] | (some_keys[1:] == some_keys[:-1])).all():
                return None
            first[start:stop] = is_first
        if first.all():  # as a rule
            return cls(hashes, ordered, None, places, seed)
        different = int(np.count_nonzero(first))
        starts = scratch_array(different + 1, np.int64, scratch)
        done = 0
        for start in range(0, n, STEP_ROWS):
            chosen = start + np.flatnonzero(first[start : start + STEP_ROWS])
            here = slice(done, done + len(chosen))
            hashes[here], ordered[here], starts[here] = hashes[chosen], ordered[chosen], chosen
            done = here.stop
        starts[different] = n
        return cls(hashes[:different], ordered[:different], starts, places, seed)

    def is_first(self) -> NDArray[np.bool_]:
        """Return for each place (n,) whether it is the first that wants its key.

        Examples
        --------
        >>> Wanted.of(np.array([b"b", b"a", b"b"])).is_first().tolist()
        [True, True, False]
        """
        if self.starts is None:
            return np.ones(len(self.places), dtype=bool)
        first = np.zeros(len(self.places), dtype=bool)
        for start in range(0, len(self.different), STEP_ROWS):
            here = self.starts[start : min(start + STEP_ROWS, len(self.different))]
            first[self.places[here]] = True
        return first

    def match(self, keys: NDArray[np.bytes_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (rows of `keys` that are wanted, the places that want them), a row once for every place."""
        if not len(self.different):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        keys = keys.astype(KEY_DTYPE, copy=False)
        hashes = hashes_of(keys, self.seed)
        # In ascending order, neighbours are found in the same corner of memory.
        order = np.argsort(hashes)
        at = np.searchsorted(self.hashes, hashes[order])
        at[at == len(self.hashes)] = 0
        is_wanted = self.different[at] == keys[order]
        rows, at = order[is_wanted], at[is_wanted]
        if self.starts is None:
            return rows, self.places[at]
        start, stop = self.starts[at], self.starts[at + 1]
        times = stop - start
        # The first place of each row, and how far each place is behind it.
        behind = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        return np.repeat(rows, times), self.places[np.repeat(start, times) + behind]


def _grouped(
    keys: NDArray[np.bytes_], seed: int, scratch: Path | None
) -> tuple[NDArray[np.uint64], NDArray[np.int64], list[int]]:
    """Return hashes (n,) and places (n,) in groups by the first bits of the hash, and the groups' bounds."""
    n = len(keys)
    bits = min(MOST_GROUP_BITS, max(1, (n // GROUP_KEYS).bit_length()))
    shift = np.uint64(64 - bits)
    counts = np.zeros(1 << bits, np.int64)
    for start in range(0, n, STEP_ROWS):
        groups = (hashes_of(keys[start : start + STEP_ROWS], seed) >> shift).astype(np.uint16)
        counts += np.bincount(groups, minlength=len(counts))
    bounds = np.concatenate([[0], np.cumsum(counts)])
    free = bounds[:-1].copy()
    hashes, places = scratch_array(n, np.uint64, scratch), scratch_array(n, np.int64, scratch)
    for start in range(0, n, STEP_ROWS):
        some = hashes_of(keys[start : start + STEP_ROWS], seed)
        groups = (some >> shift).astype(np.uint16)
        order = np.argsort(groups, kind="stable")
        here = np.bincount(groups, minlength=len(counts))
        # Of each group, the first one's place among these, and the next free place in the array.
        to = np.arange(len(some)) + np.repeat(free - (np.cumsum(here) - here), here)
        hashes[to], places[to] = some[order], start + order
        free += here
    return hashes, places, bounds.tolist()


def hashes_of(keys: NDArray[np.bytes_], seed: int = 0) -> NDArray[np.uint64]:
    """Return a hash (n,) of keys (n,), S32: its four words, mixed as in MurmurHash's last step."""
    words = np.ascontiguousarray(keys).view(np.uint64).reshape(len(keys), keys.itemsize // 8)
    mixed = np.full(len(keys), seed, np.uint64)
    for word in words.T:
        mixed = (mixed ^ word) * np.uint64(0xFF51AFD7ED558CCD)
        mixed ^= mixed >> np.uint64(33)
    return mixed
