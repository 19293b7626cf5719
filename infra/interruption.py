"""Stopping a run on request, and holding it: the wish is set once and everything that waits looks at it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from matsluice.infra.mistakes import Cancelled, Interrupted

# A process has one set of signals, so it has one wish to stop, and one to wait.
_wish = threading.Event()
_hold = threading.Event()
_cancelled = threading.Event()
_terminated = threading.Event()

EXIT_INTERRUPTED = 3


def request_stop(*, cancelled: bool = False) -> None:
    """Ask every waiting piece of this process's run to stop.

    Parameters
    ----------
    cancelled
        Somebody has cancelled the run in Prefect, as told from a program that is ended.
    """
    if cancelled:
        _cancelled.set()
    _wish.set()


def stop_requested() -> bool:
    """Return whether a stop has been asked for."""
    return _wish.is_set()


def check_stop() -> None:
    """Raise Interrupted where a stop has been asked for, Cancelled where the run was cancelled in Prefect."""
    if _cancelled.is_set():
        raise Cancelled("cancelled in Prefect; the same command goes on from here")
    if _wish.is_set():
        raise Interrupted("stopped on request; the same command goes on from here")


def hold_back(*, held: bool) -> None:
    """Have no new work handed out while `held`; what is under way is finished."""
    if held:
        _hold.set()
    else:
        _hold.clear()


def on_hold() -> bool:
    """Return whether no new work is to be handed out."""
    return _hold.is_set()


def _begin_afresh() -> None:
    for each in (_wish, _hold, _cancelled, _terminated):
        each.clear()


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

    _begin_afresh()
    with _handling({signal.SIGINT: on_signal, signal.SIGTERM: on_signal}):
        yield


@contextmanager
def listening_to_a_supervisor() -> Iterator[None]:
    """Turn SIGTERM into the wish to stop, however often it comes, and leave SIGINT to whoever started us.

    For a run that another program starts and ends: Ctrl-C in that program's terminal reaches every process of
    its group, and the program then sends each of its runs a SIGTERM of its own. Only in the main thread.
    """

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            _terminated.set()
            _wish.set()

    _begin_afresh()
    with _handling({signal.SIGINT: on_signal, signal.SIGTERM: on_signal}):
        yield


def wait_for_termination(timeout_s: float) -> bool:
    """Return whether a supervisor's SIGTERM has come, or comes within so many seconds."""
    return _terminated.wait(timeout_s)


@contextmanager
def _handling(handlers: dict[signal.Signals, object]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_stop(timeout_s: float | None = None) -> bool:
    """Return True when a stop has been asked for, or False when so many seconds have passed."""
    if timeout_s is not None:
        return _wish.wait(timeout_s)
    while not _wish.wait(timeout=1.0):
        pass
    return True
