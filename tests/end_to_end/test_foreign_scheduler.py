"""A campaign on a Dask scheduler and workers of somebody else: used, left as they are, and lost in the middle."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, MakeFolder

pytestmark = pytest.mark.faults

DASK = Path(sys.executable).with_name("dask")
NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
SAID_WITHIN_S = 60.0


class Dask:
    """Processes of `dask scheduler` and `dask worker`, as an administrator starts them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        started = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        deadline = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return started

    def start_workers(self, threads: int = 1) -> list[subprocess.Popen[bytes]]:
        words = (
            "--nthreads",
            str(threads),
            "--no-dashboard",
            "--local-directory",
            str(self.folder / "scratch"),
        )
        return [self._start("worker", self.address, *words) for _ in range(2)]

    def answers(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "dask.log").open("ab") as log:
            self.processes.append(subprocess.Popen([DASK, *words], stdout=log, stderr=log))
        return self.processes[-1]

    def end_all(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    started = Dask(tmp_path)
    yield started
    started.end_all()


def on(dask: Dask) -> tuple[str, str]:
    return "workers = 1", f'kind = "scheduler"\naddress = "{dask.address}"'


def same_bytes(one: CampaignFolder, other: CampaignFolder) -> None:
    (this,), (that,) = one.runs(), other.runs()
    for name in NUMBERS:
        assert (this / name).read_bytes() == (that / name).read_bytes(), name


def said(call: Call, text: str) -> bool:
    return text in call.err.read_text()


@pytest.mark.timeout(600)
def test_scheduler_killed(undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder, dask: Dask) -> None:
    scheduler, workers = dask.start_scheduler(), dask.start_workers()
    folder = brief(on(dask))
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: folder.fits() >= 3)
    scheduler.kill()
    began = time.monotonic()
    answer = call.wait(SAID_WITHIN_S)
    assert time.monotonic() - began < SAID_WITHIN_S
    assert answer.code == 3, answer.err
    assert f"the scheduler at {dask.address} is gone; start it again and run the same command" in answer.err
    assert "Traceback" not in answer.err
    assert call.left_over(grace_s=10) == {}
    (record,) = folder("status", "--json").record["runs"]
    assert record["status"] == "interrupted"
    done = folder.fits()

    # Nothing answers now, which is found before anything is touched.
    refused = folder("run", "campaign.toml")
    assert refused.code == 2
    assert f'cluster.address "{dask.address}": nothing answers there' in refused.err

    for worker in workers:
        worker.wait(90)  # Dask's own: a worker whose scheduler is gone ends
    scheduler = dask.start_scheduler()
    dask.start_workers(threads=2)
    assert folder.fits() == done
    summary = folder.run()
    assert summary["attempts"] == 2
    same_bytes(undisturbed[0], folder)
    # They are somebody else's, and run on.
    assert all(process.poll() is None for process in dask.processes[-3:])


def test_scheduler_without_workers(brief: MakeFolder, dask: Dask) -> None:
    dask.start_scheduler()
    folder = brief(on(dask))
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: said(call, f"waiting for a worker at {dask.address}"))
    call.send(signal.SIGTERM)
    answer = call.wait(60)
    assert (answer.code, "Traceback" in answer.err) == (3, False), answer.err
    assert dask.answers()


def test_something_else_listens(brief: MakeFolder) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        folder = brief(("workers = 1", f'kind = "scheduler"\naddress = "{address}"'))
        answer = folder("run", "campaign.toml")
    assert answer.code == 2, answer.err
    assert (
        f'cluster.address "{address}": what listens there does not answer as a Dask scheduler' in answer.err
    )
    assert "Traceback" not in answer.err
    assert not (folder.path / "workspace").exists()
