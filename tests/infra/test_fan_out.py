"""Plain functions on real worker processes: bounded, stoppable, and done elsewhere when a worker dies."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count, islice
from multiprocessing import active_children
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import pytest
from dask.utils import key_split

from matsluice.infra import fan_out as fan_out_module
from matsluice.infra import interruption
from matsluice.infra.clusters import ClusterOptions, connected
from matsluice.infra.clusters.local import LocalOptions
from matsluice.infra.fan_out import CHUNKS_PER_WORKER, fan_out, in_flight_limit
from matsluice.infra.interruption import request_stop
from matsluice.infra.mistakes import Failed, Interrupted

if TYPE_CHECKING:
    from distributed import Client, Scheduler

Result = TypeVar("Result")
WORKERS = 2
# Of a worker that is killed while it shakes hands, distributed leaves a socket for the garbage collector to close.
LEFT_OPEN = "ignore:.*<ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings(LEFT_OPEN)]


@dataclass(frozen=True)
class TwoWorkers:
    """What a campaign's [cluster] says."""

    kind: str = "local"
    workers: int = WORKERS
    memory_per_worker_bytes: int = 2**30
    threads_per_worker: int = 1
    address: str = ""
    options: ClusterOptions = field(default_factory=LocalOptions)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with connected(TwoWorkers(), tmp_path_factory.mktemp("scratch")) as connection:
        yield connection.wait_ready()


@pytest.fixture(autouse=True)
def no_wish() -> Iterator[None]:
    """A wish to stop does not outlive its test."""
    yield
    interruption._wish.clear()


def left_early(results: Iterator[Result]) -> closing[Generator[Result, None, None]]:
    """Leave the loop over results before its end, as an error in it would."""
    return closing(cast("Generator[Result, None, None]", results))


def tasks_known_to_the_scheduler(client: Client) -> int:
    return int(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))


def most_at_once(log: Path) -> int:
    """Return how many of the logged spans (start, end) overlap at most."""
    spans = [[float(word) for word in line.split()] for line in log.read_text().splitlines()]
    # At the same instant an end comes before a start.
    events = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    running = [0]
    for _, change in events:
        running.append(running[-1] + change)
    return max(running)


def test_every_call_is_done_once(client: Client) -> None:
    # Local functions throughout: they travel to the workers whole, the test's module does not.
    def product(left: int, right: int) -> int:
        return left * right

    calls = [(i, i + 1) for i in range(50)]
    assert sorted(fan_out(client, product, calls, in_flight=6)) == [i * (i + 1) for i in range(50)]


def test_no_calls(client: Client) -> None:
    assert list(fan_out(client, len, [], in_flight=6)) == []


@pytest.mark.parametrize(("in_flight", "at_once"), [(1, 1), (4, WORKERS)])
def test_no_more_runs_at_once_than_may_be_in_flight(
    client: Client, tmp_path: Path, in_flight: int, at_once: int
) -> None:
    log = tmp_path / "spans"

    def span(log: str) -> None:
        start = time.time()
        time.sleep(0.05)
        with Path(log).open("a") as file:
            file.write(f"{start} {time.time()}\n")

    list(fan_out(client, span, [(str(log),)] * 12, in_flight=in_flight))
    assert len(log.read_text().splitlines()) == 12
    assert most_at_once(log) == at_once


@pytest.mark.parametrize("in_flight", [1, 3, 8])
def test_calls_are_made_only_as_fast_as_they_are_done(client: Client, in_flight: int) -> None:
    taken, given, held = 0, 0, []

    def calls() -> Iterator[tuple[int]]:
        nonlocal taken
        for i in count():  # there is no end of them
            taken += 1
            held.append(tasks_known_to_the_scheduler(client))
            yield (i,)

    with left_early(fan_out(client, abs, calls(), in_flight=in_flight)) as results:
        for _ in islice(results, 40):
            given += 1
            # Beside those under way there are only those that are done and not yet given.
            assert taken - given <= 2 * in_flight
    # The scheduler is told with some delay of what is not needed any more; what it holds does not grow.
    assert max(held) <= 2 * in_flight + 6


def test_leaving_early_cancels_what_is_under_way(client: Client, tmp_path: Path) -> None:
    def touch(folder: str, number: int) -> None:
        time.sleep(0.1)
        (Path(folder) / str(number)).touch()

    with left_early(fan_out(client, touch, ((str(tmp_path), i) for i in count()), in_flight=10)) as results:
        next(results)
    assert_nothing_goes_on(client, tmp_path)


def test_a_call_is_let_go_of_when_its_result_is_given(client: Client) -> None:
    in_flight = 6
    most = 0
    for _ in fan_out(client, abs, [(-i,) for i in range(60)], in_flight=in_flight):
        time.sleep(0.05)  # whoever takes the results is slower than the workers
        most = max(most, tasks_known_to_the_scheduler(client))
    # Under way, done and not yet given.
    assert most <= 2 * in_flight


def test_the_scheduler_keeps_no_note_of_calls_that_are_done(client: Client) -> None:
    def notes(dask_scheduler: Scheduler) -> int:
        spans = dask_scheduler.extensions["spans"].spans.values()
        return sum(len(span._metadata["collections"]) for span in spans)

    assert len(list(fan_out(client, abs, [(-i,) for i in range(50)]))) == 50
    assert client.run_on_scheduler(notes) == 0
    deadline = time.monotonic() + 60
    while key_split.cache_info().currsize > 20:  # the names of keys, in the process of this scheduler
        assert time.monotonic() < deadline
        time.sleep(0.5)


def assert_nothing_goes_on(client: Client, folder: Path) -> None:
    deadline = time.monotonic() + 5
    while tasks_known_to_the_scheduler(client):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)  # what a worker had begun ends
    done = len(list(folder.iterdir()))
    time.sleep(0.3)
    assert len(list(folder.iterdir())) == done < 10


def test_a_stop_request_abandons_what_is_under_way(client: Client, tmp_path: Path) -> None:
    def touch(folder: str, number: int) -> None:
        time.sleep(0.1)
        (Path(folder) / str(number)).touch()

    results = fan_out(client, touch, [(str(tmp_path), i) for i in range(40)], in_flight=12)
    next(results)
    request_stop()
    with pytest.raises(Interrupted):
        list(results)
    assert_nothing_goes_on(client, tmp_path)


def test_a_stop_request_is_heard_while_every_call_is_slow(client: Client) -> None:
    def slow(seconds: float) -> None:
        time.sleep(seconds)

    def ask_to_stop() -> Iterator[tuple[float]]:
        yield (1.5,)
        request_stop()
        yield (1.5,)

    before = time.monotonic()
    with pytest.raises(Interrupted):
        list(fan_out(client, slow, ask_to_stop(), in_flight=2))
    assert time.monotonic() - before < 1.2


def test_the_exception_of_a_call_is_the_callers(client: Client) -> None:
    def refuse(number: int) -> int:
        if number == 7:
            raise KeyError("the seventh")
        return number

    with pytest.raises(KeyError, match="the seventh"):
        list(fan_out(client, refuse, ((i,) for i in count()), in_flight=4))
    assert sorted(fan_out(client, refuse, [(i,) for i in range(5)], in_flight=4)) == [0, 1, 2, 3, 4]


def test_the_exception_of_the_source_of_calls_is_the_callers(client: Client) -> None:
    def calls() -> Iterator[tuple[int]]:
        yield (1,)
        raise KeyError("no second")

    with pytest.raises(KeyError, match="no second"):
        list(fan_out(client, abs, calls(), in_flight=1))


def test_the_call_of_a_worker_that_was_killed_is_done_elsewhere(client: Client, tmp_path: Path) -> None:
    def once_deadly(folder: str, number: int) -> int:
        mark = Path(folder) / "killed"
        if number == 3 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), 9)
        return number

    calls = [(str(tmp_path), i) for i in range(10)]
    assert sorted(fan_out(client, once_deadly, calls, in_flight=4)) == list(range(10))
    assert (tmp_path / "killed").exists()
    client.wait_for_workers(WORKERS, timeout=20)


def test_done_calls_whose_workers_are_killed_before_they_are_fetched(client: Client) -> None:
    def square(number: int) -> int:
        return number * number

    with left_early(fan_out(client, square, [(i,) for i in range(12)], in_flight=6)) as results:
        found = [next(results)]
        time.sleep(0.5)  # the rest of what is in flight is done, and lies with the workers
        for pid in client.run(os.getpid).values():
            os.kill(pid, 9)
        found += results
    assert sorted(found) == [i * i for i in range(12)]
    client.wait_for_workers(WORKERS, timeout=20)


def many_bytes(n: int) -> bytes:
    return bytes(n)


def test_results_that_take_longer_than_one_wait_for_them(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out_module, "RESULT_WAIT_S", 0.001)
    assert {len(one) for one in fan_out(client, many_bytes, ((200_000,) for _ in range(100)))} == {200_000}


def test_workers_that_are_killed_while_they_come_up_are_replaced(client: Client) -> None:
    for _ in range(8):
        for child in active_children():
            child.kill()
        time.sleep(0.3)  # less than a worker takes to come up
    assert sorted(fan_out(client, abs, [(-i,) for i in range(6)])) == list(range(6))
    client.wait_for_workers(WORKERS, timeout=60)


def test_a_call_that_kills_every_worker_fails_in_words(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out_module, "SECOND_CHANCES", 1)

    def deadly(number: int) -> int:
        if number == 1:
            os.kill(os.getpid(), 9)
        return number

    with pytest.raises(
        Failed, match=r"a call of deadly ended its worker again and again .*memory_per_worker"
    ):
        list(fan_out(client, deadly, [(0,), (1,)], in_flight=2))
    client.wait_for_workers(WORKERS, timeout=20)
    assert list(fan_out(client, abs, [(-5,)], in_flight=1)) == [5]


def test_the_numeric_libraries_of_a_call_use_one_thread(client: Client) -> None:
    def threads() -> set[int]:
        import sklearn.ensemble  # noqa: F401 - loads libraries of its own
        from threadpoolctl import threadpool_info

        return {pool["num_threads"] for pool in threadpool_info()}

    assert list(fan_out(client, threads, [()] * 4, in_flight=2)) == [{1}] * 4


def test_a_few_calls_per_worker_may_be_under_way(client: Client) -> None:
    assert in_flight_limit(client) == CHUNKS_PER_WORKER * WORKERS
