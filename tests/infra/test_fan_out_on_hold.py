"""A run on hold finishes what is under way, hands out nothing more, and goes on where it was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from matsluice.infra import interruption
from matsluice.infra.clusters import connected
from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.clusters.local import LocalOptions
from matsluice.infra.fan_out import fan_out
from matsluice.infra.interruption import hold_back, on_hold, request_stop
from matsluice.infra.mistakes import Cancelled


@dataclass(frozen=True)
class TwoWorkers:
    """What a campaign's [cluster] says."""

    kind: str = "local"
    workers: int = 2
    memory_per_worker_bytes: int = 2**30
    threads_per_worker: int = 1
    address: str = ""
    options: ClusterOptions = field(default_factory=LocalOptions)


@pytest.fixture(autouse=True)
def no_wish() -> Iterator[None]:
    """What is wished of one test is not wished of the next."""
    yield
    interruption._begin_afresh()


def test_held_and_let_go(tmp_path: Path) -> None:
    def note(folder: str, number: int) -> int:
        (Path(folder) / str(number)).touch()
        time.sleep(0.05)
        return number

    done = tmp_path / "done"
    done.mkdir()
    with connected(TwoWorkers(), tmp_path / "scratch") as connection:
        client = connection.wait_ready()
        results: list[int] = []
        calls = ((str(done), number) for number in range(60))
        taker = threading.Thread(target=lambda: results.extend(fan_out(client, note, calls, in_flight=4)))
        taker.start()
        wait_for(lambda: len(results) >= 8)
        hold_back(held=True)
        assert on_hold()
        time.sleep(3.0)  # what was under way, four calls of 50 ms, is long done
        held_at = len(list(done.iterdir()))
        time.sleep(2.0)
        assert len(list(done.iterdir())) == held_at < 60
        assert taker.is_alive()
        hold_back(held=False)
        taker.join(60)
        assert sorted(results) == list(range(60))


def test_a_run_on_hold_can_be_cancelled(tmp_path: Path) -> None:
    with connected(TwoWorkers(), tmp_path / "scratch") as connection:
        client = connection.wait_ready()
        hold_back(held=True)
        threading.Timer(1.0, lambda: request_stop(cancelled=True)).start()
        with pytest.raises(Cancelled, match="cancelled in Prefect"):
            list(fan_out(client, abs, ((number,) for number in range(3))))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
