"""Calls that never end because their workers always leave before: noticed, since Dask would try for ever."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dask.utils import key_split
from distributed import SchedulerPlugin

# A worker that leaves in good order counts as no death of the calls it had in hand, so Dask never gives one up.
TIMES_AT_MOST = 6


class CutShort(SchedulerPlugin):
    """Counts how often a call was taken from a worker that left.

    Attributes
    ----------
    again_and_again
        The name of the function of a call that was taken too often, or "".
    """

    def __init__(self) -> None:
        self._times: Counter[Any] = Counter()
        self.again_and_again = ""

    def transition(
        self, key: Any, start: str, finish: str, *_: Any, stimulus_id: str = "", **__: Any
    ) -> None:
        """Take note of a call that goes from a worker that leaves back to those that wait."""
        if finish in {"memory", "forgotten"}:
            self._times.pop(key, None)
        elif (start, finish) == ("processing", "released") and stimulus_id.startswith(
            "worker-close-gracefully"
        ):
            self._times[key] += 1
            if self._times[key] >= TIMES_AT_MOST:
                self.again_and_again = key_split(key)
