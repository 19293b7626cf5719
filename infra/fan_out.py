"""Handing plain functions to Dask workers, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from matsluice.infra.interruption import check_stop
from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    from distributed import Client, Future

Result = TypeVar("Result")

# How long a wait lasts before it looks whether the run was asked to stop.
LOOK_UP_S = 0.5
CHUNKS_PER_WORKER = 3


def in_flight_limit(client: Client) -> int:
    """Return how many calls may be under way: a few per worker, so the scheduler's memory stays flat."""
    return CHUNKS_PER_WORKER * max(1, len(client.nthreads()))


def fan_out(
    client: Client,
    function: Callable[..., Result],
    calls: Iterable[tuple[Any, ...]],
    *,
    in_flight: int,
    priority: int = 0,
) -> Iterator[Result]:
    """Run ``function(*call)`` on the workers for every call and give the results as they come.

    Parameters
    ----------
    client
        The connection to the cluster.
    function
        A plain module-level function; it does not know of Dask.
    calls
        Its arguments; taken one by one, so it may be endless.
    in_flight
        How many calls may be under way at once.
    priority
        Higher runs first.

    Raises
    ------
    Interrupted
        A stop was asked for; what is under way is abandoned.
    Failed
        A call killed its workers again and again, or the cluster is gone.
    """
    from distributed import CancelledError, KilledWorker, wait

    waiting = iter(calls)
    under_way: set[Future[Result]] = set()

    def send(count: int) -> None:
        for call in islice(waiting, count):
            under_way.add(client.submit(function, *call, pure=False, priority=priority))

    try:
        send(in_flight)
        while under_way:
            check_stop()
            try:
                done = wait(list(under_way), timeout=LOOK_UP_S, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            under_way -= done
            send(len(done))
            for future in done:
                yield future.result()
    except KilledWorker as error:
        raise Failed(
            f"a call of {function.__name__} ended its worker again and again ({error}): "
            "raise cluster.memory_per_worker, or find the material with `matsluice featurize`"
        ) from error
    except CancelledError as error:
        raise Failed("the cluster went away during the run; run the same command to go on") from error
    finally:
        if under_way:
            client.cancel(list(under_way), force=True)
