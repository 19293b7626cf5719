"""Ids of rows and where each stands, to find the first that stands twice; next to nothing of it is in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matsluice.infra.feature_store import KEY_DTYPE
from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.scratch_arrays import GrowingArray
from matsluice.tasks.ingest.key_places import KeyPlaces


class IdsMet:
    """Ids, known by 128 bits of a hash, with their places in a file without a name.

    Parameters
    ----------
    folder
        A folder on the disk that has the room: some 80 bytes an id, and its place.

    Examples
    --------
    >>> import tempfile
    >>> ids = IdsMet(Path(tempfile.gettempdir()))
    >>> ids.add(["a", "b"], ["t.csv:2", "t.csv:3"])
    >>> ids.add(["c", "a"], ["t.csv:4", "t.csv:5"])
    Traceback (most recent call last):
        ...
    matsluice.infra.mistakes.InvalidInput: the id "a" stands at t.csv:2 and at t.csv:5: ids must differ...
    """

    def __init__(self, folder: Path) -> None:
        self._numbers = KeyPlaces(folder)
        self._ends = GrowingArray(np.int64, folder)
        self._texts = GrowingArray(np.uint8, folder)

    def add(self, ids: Sequence[str], places: Sequence[str]) -> None:
        """Take note of some more.

        Raises
        ------
        InvalidInput
            One of them was met before.
        """
        before = len(self._numbers)
        digests = [hashlib.blake2b(label.encode(), digest_size=16).hexdigest() for label in ids]
        numbers = self._numbers.of(np.array(digests, KEY_DTYPE))
        again = np.flatnonzero(numbers != before + np.arange(len(ids)))
        if len(again):
            row = int(again[0])
            first = int(numbers[row])
            met = places[first - before] if first >= before else self._place(first)
            raise InvalidInput(
                f'the id "{ids[row]}" stands at {met} and at {places[row]}: ids must differ; '
                "leave data.id out to number the rows"
            )
        texts = [place.encode() for place in places]
        self._ends.extend(len(self._texts) + np.cumsum([len(text) for text in texts], dtype=np.int64))
        self._texts.extend(np.frombuffer(b"".join(texts), np.uint8))

    def _place(self, number: int) -> str:
        start = int(self._ends.values[number - 1]) if number else 0
        return self._texts.values[start : int(self._ends.values[number])].tobytes().decode()
