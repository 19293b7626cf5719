"""Handing plain functions to Dask workers, a bounded number at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from uuid import uuid4

from matsluice.infra.call_watch import CallWatch
from matsluice.infra.interruption import check_stop, on_hold
from matsluice.infra.lost_cluster import lost_cluster_said
from matsluice.infra.mistakes import Hindered
from matsluice.infra.numeric_threads import on_one_thread
from matsluice.infra.own_cluster import calls_at_most, raise_for_trouble
from matsluice.infra.redaction import redacted_error
from matsluice.infra.resources import Demand, Resource
from matsluice.infra.run_log.observed import Observed

if TYPE_CHECKING:
    from distributed import Client, Future

Result = TypeVar("Result")

# How long a wait lasts before it looks whether the run was asked to stop.
LOOK_UP_S = 0.5
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.001, 0.02
# A result is some bytes, and its worker may be busy; longer than this, look whether to stop.
RESULT_WAIT_S = 5.0
CHUNKS_PER_WORKER = 3
# Workers come and go; how often they are counted.
COUNT_EVERY_S = 2.0
# Dask gives up a call after the deaths of some (4) workers that had it in hand, running or waiting. Where workers die
# of other causes that is no fault of the call's, so it is handed over anew, before all others, this many times.
SECOND_CHANCES = 8


def calls_at_once(client: Client) -> int:
    """Return how many calls the workers run at once: those that are there, or those that the run still starts.

    Were only those counted that are there, a cluster that follows the work would never be asked to grow, and the
    first worker of a queue would be given chunks that are too large for all of them.
    """
    with lost_cluster_said(client):
        # Only an asynchronous client gives something to await.
        threads = cast("dict[str, int]", client.nthreads())
    return max(1, sum(threads.values()), calls_at_most(client))


def in_flight_limit(client: Client) -> int:
    """Return how many calls may be under way: a few for each that runs, so the scheduler's memory stays flat."""
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
    needs: Resource | None = None,
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
    needs
        The resource that a worker should have; where no worker names it, any will do.

    Raises
    ------
    Interrupted
        A stop was asked for, or the scheduler is gone; what is under way is abandoned.
    Hindered
        A call ended its workers again and again, the workers it needs are gone, or none will come.
    """
    waiting = iter(calls)
    room = _Room(client, in_flight)
    demand = Demand(client, needs, function.__name__)
    under_way = _UnderWay(client, function, priority, demand)
    try:
        while True:
            check_stop()
            raise_for_trouble(client)
            demand.look()
            under_way.send(islice(waiting, room.left(len(under_way))))
            if not under_way:
                if on_hold():
                    time.sleep(LOOK_UP_S)
                    continue
                return
            done = [sent for sent in under_way.take_done() if under_way.outlived(sent)]
            # Before the results are looked at, so that no worker waits for whoever takes them.
            under_way.send(islice(waiting, room.left(len(under_way))))
            while done:
                # Let go of one by one: the scheduler keeps a call as long as anybody holds its future.
                yield under_way.result(done.pop())
    finally:
        under_way.abandon()


@dataclass(frozen=True, slots=True, eq=False)
class _Sent(Generic[Result]):
    """A call on its way; how often it may still be handed over anew."""

    future: Future[Observed[Result]]
    call: tuple[Any, ...]
    chances: int


class _UnderWay(Generic[Result]):
    """The calls that workers have in hand."""

    def __init__(
        self, client: Client, function: Callable[..., Result], priority: int, demand: Demand
    ) -> None:
        self._client, self._function, self._priority, self._demand = client, function, priority, demand
        self._watch = CallWatch(function)
        self._sent: dict[Future[Observed[Result]], _Sent[Result]] = {}

    def __len__(self) -> int:
        return len(self._sent)

    def send(self, calls: Iterable[tuple[Any, ...]], chances: int | None = None) -> None:
        left = SECOND_CHANCES if chances is None else chances
        for call in calls:
            with lost_cluster_said(self._client):
                future = self._client.submit(
                    on_one_thread,
                    *self._watch.observed(call),
                    key=f"{self._function.__name__}-{uuid4().hex}",
                    pure=False,
                    priority=self._priority + (chances is not None),
                    resources=self._demand.amounts(),
                )
            self._sent[future] = _Sent(future, call, left)
            self._watch.sent(1)

    def take_done(self) -> list[_Sent[Result]]:
        """Return, after a moment, what is done by then, and have it no more."""
        # Dask's own wait would say that nothing is done by an error, whose frames keep the futures for a while. As long
        # as somebody has its future, a call that is done is computed again when its worker leaves.
        until, pause_s = time.monotonic() + LOOK_UP_S, SHORTEST_PAUSE_S
        while not (done := [future for future in self._sent if future.done()]):
            if time.monotonic() >= until:
                return []
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._watch.sent(-len(done))
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
        self._watch.again(sent.call, error)
        self.send([sent.call], sent.chances - 1)
        return False

    def result(self, sent: _Sent[Result]) -> Result:
        """Return a done call's result; one whose worker has died since is computed again, which may take time."""
        with lost_cluster_said(self._client):
            # Not future.result(timeout): at the end of its time Dask cancels the answer, and fails over that itself.
            client: Any = self._client  # Dask's types do not know what asynchronous=True gives
            answer = asyncio.run_coroutine_threadsafe(
                client.gather(sent.future, asynchronous=True), client.loop.asyncio_loop
            )
            try:
                while not wait([answer], RESULT_WAIT_S).done:
                    check_stop()
                observed: Observed[Result] = answer.result()
            except Exception as error:
                redacted_error(error)
                raise
            finally:
                answer.cancel()
        return self._watch.done(observed)

    def abandon(self) -> None:
        self._watch.sent(-len(self._sent))
        if self._sent:
            # Where the scheduler is gone there is nobody to tell.
            with suppress(Exception):
                self._client.cancel(list(self._sent), force=True)
