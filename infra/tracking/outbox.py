"""What is to be told to MLflow, in order, by one thread, so that nobody who computes waits for it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from matsluice.infra.interruption import check_stop
from matsluice.infra.metrics import counts
from matsluice.infra.mistakes import Interrupted
from matsluice.infra.run_log import say
from matsluice.infra.tracking.away import PATIENCE_S, Away, growing_pauses

T = TypeVar("T")

LOOK_EVERY_S = 0.25


class Undelivered(Interrupted):
    """MLflow stayed away: what was computed is on disk, and the same command delivers what it was to be told."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records that wait for MLflow.

    Attributes
    ----------
    records
        How many.
    since
        Unix time of the first try that failed.
    reason
        A few words on the latest: "connection refused".
    """

    records: int
    since: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Letter(Generic[T]):
    deed: Callable[[], T]
    then: Callable[[T], None] | None


class Outbox:
    """A queue of deeds in MLflow and the thread that does them, each again until it is done.

    A deed is done anew as a whole after trouble that passes (`Away`), so it must neither double nor lose
    anything when it is repeated. Any other error ends the thread; `check` and `drain` raise it.

    Parameters
    ----------
    on_waiting
        Called with what waits whenever a try has failed, and with None when MLflow is back. From the
        outbox's thread.

    Examples
    --------
    >>> outbox, told = Outbox(), []
    >>> outbox.put(lambda: "f3a9", then=told.append)
    >>> outbox.drain()
    >>> outbox.close()
    >>> told
    ['f3a9']
    """

    def __init__(self, on_waiting: Callable[[Waiting | None], None] | None = None) -> None:
        self._letters: deque[_Letter[Any]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._failure: BaseException | None = None
        self._trouble: Away | None = None
        self._since = 0.0
        self._on_waiting = on_waiting or (lambda _: None)
        # A daemon: a call that hangs in a socket must not keep the process from ending.
        self._thread = threading.Thread(target=self._work, name="mlflow-outbox", daemon=True)
        self._thread.start()

    def put(self, deed: Callable[[], T], then: Callable[[T], None] | None = None) -> None:
        """Add a deed to the end of the queue; `then` gets what it returns, unless the outbox was closed.

        Raises
        ------
        Failed
            An earlier deed cannot be done.
        """
        self.check()
        with self._changed:
            self._letters.append(_Letter(deed, then))
            counts().outbox = len(self._letters)
            self._changed.notify_all()

    def check(self) -> None:
        """Raise what has ended the thread, if anything has."""
        if self._failure is not None:
            raise self._failure

    @property
    def waiting(self) -> Waiting | None:
        """What waits because MLflow is away, or None while it is not."""
        with self._changed:
            if self._trouble is None:
                return None
            return Waiting(len(self._letters), self._since, self._trouble.reason)

    def drain(self, patience_s: float = PATIENCE_S) -> None:
        """Return when every deed is done.

        Parameters
        ----------
        patience_s
            Seconds to wait at most while MLflow is away, counted from this call and anew from each deed done.

        Raises
        ------
        Undelivered
            MLflow did not come back: one sentence.
        Failed
            A deed cannot be done: one sentence.
        Interrupted
            A stop was asked for.
        """
        began, left = time.monotonic(), -1
        with self._changed:
            while self._letters:
                self.check()
                check_stop()
                if left != (left := len(self._letters)):
                    began = time.monotonic()
                waited = time.monotonic() - began
                if self._trouble is not None and waited > patience_s:
                    raise Undelivered(
                        f"MLflow has not answered for {waited:.0f} s ({self._trouble.reason}) and {left} records "
                        "wait for it: results are on disk, and the same command delivers the records"
                    )
                self._changed.wait(LOOK_EVERY_S)
        self.check()

    def emptied_within(self, timeout_s: float) -> bool:
        """Wait for the queue to become empty, also after a wish to stop, and return whether it did."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._letters or self._failure is not None, timeout_s)

    def close(self, wait_s: float = 0.0) -> None:
        """Take no more and do no more; a deed under way is waited for `wait_s` seconds at most."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(wait_s)

    def _work(self) -> None:
        pauses = growing_pauses()
        while (letter := self._next()) is not None:
            try:
                result = letter.deed()
            except Away as trouble:
                self._note(trouble)
                self._pause(next(pauses))
                continue
            except BaseException as error:  # noqa: BLE001 - raised by whoever calls next
                self._fail(error)
                return
            pauses = growing_pauses()
            try:
                self._done(letter, result)
            except BaseException as error:  # noqa: BLE001 - as above
                self._fail(error)
                return

    def _next(self) -> _Letter[Any] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._letters)
            return None if self._closed else self._letters[0]

    def _done(self, letter: _Letter[T], result: T) -> None:
        with self._changed:
            if self._closed:
                return  # the run has ended without it, and somebody else may have taken it up
            if letter.then is not None:
                letter.then(result)
            self._letters.popleft()
            counts().outbox = len(self._letters)
            if self._trouble is not None:
                self._trouble = None
                say("info", "MLflow answers again")
                self._on_waiting(None)
            self._changed.notify_all()

    def _note(self, trouble: Away) -> None:
        with self._changed:
            if self._closed:
                return
            if self._trouble is None:
                self._since = time.time()
                say("warning", f"MLflow is away ({trouble.reason}): {len(self._letters)} records wait for it")
            self._trouble = trouble
            self._on_waiting(Waiting(len(self._letters), self._since, trouble.reason))
            self._changed.notify_all()

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._failure = error
            self._changed.notify_all()
