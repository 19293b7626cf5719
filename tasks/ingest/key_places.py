"""Which place each key has that comes by, in the order of first appearance; little of it is in memory at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.feature_store import KEY_DTYPE
from matsluice.infra.feature_store.wanted_keys import hashes_of
from matsluice.infra.workspace.scratch_arrays import STEP_ROWS, GrowingArray, scratch_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of the slots of the table at most this share is taken, so that a key is found after two looks or so.
FULL_SHARE = 0.5
FIRST_SLOTS = 1 << 14


class KeyPlaces:
    """Key → place, in a table with open addressing that stands in a file without a name.

    Parameters
    ----------
    folder
        A folder on the disk that has the room: some 50 to 80 bytes a key.

    Examples
    --------
    >>> import tempfile
    >>> places = KeyPlaces(Path(tempfile.gettempdir()))
    >>> places.of(np.array([b"b", b"", b"a", b"b"])).tolist(), places.of(np.array([b"c", b"a"])).tolist()
    ([0, -1, 1, 0], [2, 1])
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys = GrowingArray(KEY_DTYPE, folder)
        # A slot holds a place and one more, so that a file of zeros is an empty table.
        self._slots = scratch_array(FIRST_SLOTS, np.int64, folder)

    def __len__(self) -> int:
        """Return how many different keys there were."""
        return len(self._keys)

    @property
    def keys(self) -> NDArray[np.bytes_]:
        """The different keys, by place."""
        return self._keys.values

    def of(self, keys: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Return the place of each key (n,), S32, and -1 for "": new ones get the next places, in their order."""
        keys = keys.astype(KEY_DTYPE, copy=False)
        places = np.full(len(keys), -1, np.int64)
        there = np.flatnonzero(keys != b"")
        places[there] = self._find(keys[there])
        new = there[places[there] < 0]
        if len(new):
            _, first, which = np.unique(keys[new], return_index=True, return_inverse=True)
            in_order = np.argsort(first)
            rank = np.empty(len(first), np.int64)
            rank[in_order] = np.arange(len(first))
            places[new] = len(self) + rank[which]
            self._add(keys[new[first[in_order]]])
        return places

    def _find(self, keys: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Return the place of each key, -1 where it has none."""
        places = np.full(len(keys), -1, np.int64)
        known, last = self._keys.values, np.uint64(len(self._slots) - 1)
        looking, at = np.arange(len(keys)), hashes_of(keys) & last
        while len(looking):
            slots = self._slots[at]
            taken = slots > 0
            looking, at, slots = looking[taken], at[taken], slots[taken] - 1
            same = known[slots] == keys[looking]
            places[looking[same]] = slots[same]
            looking, at = looking[~same], (at[~same] + np.uint64(1)) & last
        return places

    def _add(self, keys: NDArray[np.bytes_]) -> None:
        """Add keys that are new, and all different."""
        start = len(self)
        self._keys.extend(keys)
        slots = len(self._slots)
        while len(self) > FULL_SHARE * slots:
            slots *= 2
        if slots > len(self._slots):
            self._slots = scratch_array(slots, np.int64, self._folder)
            start = 0
        for first in range(start, len(self), STEP_ROWS):
            self._enter(first, min(first + STEP_ROWS, len(self)))

    def _enter(self, start: int, stop: int) -> None:
        last = np.uint64(len(self._slots) - 1)
        entries, at = np.arange(start, stop) + 1, hashes_of(self._keys.values[start:stop]) & last
        while len(entries):
            free = self._slots[at] == 0
            self._slots[at[free]] = entries[free]
            # Of several that found the same slot free, one has it now, and the others go on.
            left = self._slots[at] != entries
            entries, at = entries[left], (at[left] + np.uint64(1)) & last
