"""Handing plain functions to Dask workers, a bounded number at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from uuid import uuid4

from matsluice.infra.interruption import check_stop, on_hold
from matsluice.infra.lost_cluster import lost_cluster_said
from matsluice.infra.mistakes import Hindered
from matsluice.infra.numeric_threads import on_one_thread

if TYPE_CHECKING:
    from distributed import Client, Future

Result = TypeVar("Result")

# How long a wait lasts before it looks whether the run was asked to stop.
LOOK_UP_S = 0.5
# A result is some bytes, and its worker may be busy; longer than this, look whether to stop.
RESULT_WAIT_S = 5.0
CHUNKS_PER_WORKER = 3
# Workers come and go; how often they are counted.
COUNT_EVERY_S = 2.0
# Dask gives up a call after the deaths of some (4) workers that had it in hand, running or waiting. Where workers die
# of other causes that is no fault of the call's, so it is handed over anew, before all others, this many times.
SECOND_CHANCES = 8


def calls_at_once(client: Client) -> int:
    """Return how many calls the workers that are there now run at once, and 1 where none is there."""
    with lost_cluster_said(client):
        # Only an asynchronous client gives something to await.
        threads = cast("dict[str, int]", client.nthreads())
    return max(1, sum(threads.values()))


def in_flight_limit(client: Client) -> int:
    """Return how many calls may be under way now: a few for each that runs, so the scheduler's memory stays flat."""
    return CHUNKS_PER_WORKER * calls_at_once(client)


class _Room:
    """How many calls may be under way, as workers come and go."""

    def __init__(self, client: Client, fixed: int | None) -> None:
        self._client, self._fixed = client, fixed
        self._limit, self._counted = 1, -COUNT_EVERY_S

    def left(self, under_way: int) -> int:
        if on_hold():
            return 0
        if self._fixed is not None:
            return max(0, self._fixed - under_way)
        if time.monotonic() - self._counted >= COUNT_EVERY_S:
            self._limit, self._counted = in_flight_limit(self._client), time.monotonic()
        return max(0, self._limit - under_way)


def fan_out(
    client: Client,
    function: Callable[..., Result],
    calls: Iterable[tuple[Any, ...]],
    *,
    in_flight: int | None = None,
    priority: int = 0,
) -> Iterator[Result]:
    """Run ``function(*call)`` on the workers for every call and give the results as they come.

    A call whose worker dies is done again by another, so it must bear being done twice. While the run is on
    hold, no call is handed out.

    Parameters
    ----------
    client
        The connection to the cluster.
    function
        A plain module-level function; it does not know of Dask. The numeric libraries it calls use one thread.
    calls
        Its arguments; taken one by one, so it may be endless.
    in_flight
        How many calls may be under way at once; left out, a few per thread of the workers that are there at the
        time.
    priority
        Higher runs first.

    Raises
    ------
    Interrupted
        A stop was asked for, or the scheduler is gone; what is under way is abandoned.
    Hindered
        A call ended its workers again and again.
    """
    waiting = iter(calls)
    room = _Room(client, in_flight)
    under_way = _UnderWay(client, function, priority)
    try:
        while True:
            check_stop()
            under_way.send(islice(waiting, room.left(len(under_way))))
            if not under_way:
                if on_hold():
                    time.sleep(LOOK_UP_S)
                    continue
                return
            done = under_way.take_done()
            # Before the results are looked at, so that no worker waits for whoever takes them.
            under_way.send(islice(waiting, room.left(len(under_way))))
            for sent in done:
                if under_way.outlived(sent):
                    yield under_way.result(sent)
    finally:
        under_way.abandon()


@dataclass(frozen=True, slots=True, eq=False)
class _Sent(Generic[Result]):
    """A call on its way; how often it may still be handed over anew."""

    future: Future[Result]
    call: tuple[Any, ...]
    chances: int


class _UnderWay(Generic[Result]):
    """The calls that workers have in hand."""

    def __init__(self, client: Client, function: Callable[..., Result], priority: int) -> None:
        self._client, self._function, self._priority = client, function, priority
        self._sent: dict[Future[Result], _Sent[Result]] = {}

    def __len__(self) -> int:
        return len(self._sent)

    def send(self, calls: Iterable[tuple[Any, ...]], chances: int | None = None) -> None:
        left = SECOND_CHANCES if chances is None else chances
        for call in calls:
            with lost_cluster_said(self._client):
                future = self._client.submit(
                    on_one_thread,
                    self._function,
                    *call,
                    key=f"{self._function.__name__}-{uuid4().hex}",
                    pure=False,
                    priority=self._priority + (chances is not None),
                )
            self._sent[future] = _Sent(future, call, left)

    def take_done(self) -> list[_Sent[Result]]:
        """Return, after a moment, what is done by then, and have it no more."""
        from distributed import wait

        with lost_cluster_said(self._client):
            try:
                done = wait(list(self._sent), timeout=LOOK_UP_S, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                return []
        return [self._sent.pop(future) for future in done]

    def outlived(self, sent: _Sent[Result]) -> bool:
        """Return whether the call's workers have lived; where not, hand it over anew.

        Raises
        ------
        Hindered
            It has ended too many.
        """
        from distributed import KilledWorker

        error = sent.future.exception() if sent.future.status == "error" else None
        if not isinstance(error, KilledWorker):
            return True
        if not sent.chances:
            raise Hindered(
                f"a call of {self._function.__name__} ended its worker again and again ({error}): "
                "raise cluster.memory_per_worker, or find the material with `matsluice featurize`"
            ) from error
        self.send([sent.call], sent.chances - 1)
        return False

    def result(self, sent: _Sent[Result]) -> Result:
        """Return a done call's result; one whose worker has died since is computed again, which may take time."""
        while True:
            check_stop()
            with lost_cluster_said(self._client):
                try:
                    result: Result = sent.future.result(timeout=RESULT_WAIT_S)
                except TimeoutError:
                    if sent.future.status == "error":  # it is the call's own
                        raise
                else:
                    return result

    def abandon(self) -> None:
        if self._sent:
            # Where the scheduler is gone there is nobody to tell.
            with suppress(Exception):
                self._client.cancel(list(self._sent), force=True)
