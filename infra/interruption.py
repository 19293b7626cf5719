"""Stopping a run on request: the wish is set once and everything that waits looks at it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from matsluice.infra.mistakes import Interrupted

# A process has one set of signals, so it has one wish to stop.
_wish = threading.Event()

EXIT_INTERRUPTED = 3


def request_stop() -> None:
    """Ask every waiting piece of this process's run to stop."""
    _wish.set()


def stop_requested() -> bool:
    """Return whether a stop has been asked for."""
    return _wish.is_set()


def check_stop() -> None:
    """Raise Interrupted where a stop has been asked for."""
    if _wish.is_set():
        raise Interrupted("stopped on request; the same command goes on from here")


@contextmanager
def listening_to_signals() -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into the wish to stop, and the second into an exit at once.

    Only in the main thread. Everything computed is on disk by renaming whole files, so the exit at once
    loses only the chunks in flight.
    """

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if _wish.is_set():
            os._exit(EXIT_INTERRUPTED)
        _wish.set()

    _wish.clear()
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_stop() -> None:
    """Return when a stop has been asked for."""
    while not _wish.wait(timeout=1.0):
        pass
