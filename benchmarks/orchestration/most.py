"""The most of something while work is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Most:
    """The largest number that a function gives while the block lasts, asked again and again in a thread.

    Parameters
    ----------
    look
        Gives the number there is now.
    pause_s
        Seconds between two looks.
    """

    def __init__(self, look: Callable[[], int], pause_s: float) -> None:
        self.most = 0
        self._look, self._pause_s, self._over = look, pause_s, threading.Event()

    def __enter__(self) -> Most:
        """Begin to look."""
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End looking."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self._pause_s):
            self.most = max(self.most, self._look())
