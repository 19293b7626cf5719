"""Schedulers and workers of somebody else, as real processes: none, too few, too small, too old, elsewhere."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matsluice.infra.doctor import CHECKS, Subject, examine
from matsluice.infra.servers.ports import free_port

if TYPE_CHECKING:
    from matsluice.infra.clusters import ClusterSettings
    from tests.infra.doctor.conftest import Look, NotOk

pytestmark = pytest.mark.cluster

DASK = Path(sys.executable).with_name("dask")
NAMES = ("cluster.reachable", "cluster.versions", "cluster.workers", "cluster.folder")
Cluster = Callable[..., "ClusterSettings"]


class Dask:
    """`dask scheduler` and `dask worker`, as an administrator starts them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        deadline = time.monotonic() + 120
        while not self._answers():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def _answers(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def worker(
        self, *words: str, below: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        """Start one, and wait until the scheduler knows it."""
        from distributed import Client

        options = (
            "--nthreads",
            "1",
            "--no-dashboard",
            "--no-nanny",
            "--local-directory",
            str(self.folder / "scratch"),
        )
        self._start(
            "worker", f"tcp://127.0.0.1:{self.port}", *options, *words, below=below, environment=environment
        )
        with Client(f"tcp://127.0.0.1:{self.port}", set_as_default=False) as client:
            client.wait_for_workers(1, timeout=120)

    def _start(
        self, *words: str, below: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        with (self.folder / "dask.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [*below, DASK, *words], stdout=log, stderr=log, env={**os.environ, **(environment or {})}
                )
            )

    def end_all(self) -> None:
        # A worker that is asked to end while its scheduler ends may wait for it for ever.
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait(60)


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    started = Dask(tmp_path)
    yield started
    started.end_all()


@pytest.fixture
def foreign(subject: Subject, dask: Dask, cluster: Cluster) -> Subject:
    """A campaign on that scheduler."""
    return replace(
        subject,
        cluster=cluster(
            'kind = "scheduler"', f'address = "tcp://127.0.0.1:{dask.port}"', 'memory_per_worker = "300MiB"'
        ),
    )


def test_a_cluster_in_order(foreign: Subject, dask: Dask) -> None:
    dask.worker()
    found = {one.spec.name: one.finding for one in examine(foreign, [CHECKS[name] for name in NAMES])}
    assert {finding.status for finding in found.values()} == {"ok"}, found
    assert found["cluster.workers"].said == "1 workers, 1 calls at once"
    assert list(foreign.workspace.iterdir()) == []


def test_one_of_the_runs_own(look: Look, subject: Subject, cluster: Cluster) -> None:
    own = replace(subject, cluster=cluster("workers = 2"))
    assert [look(name, own).status for name in NAMES] == ["ok", "unused", "unused", "unused"]
    assert look("cluster.reachable").status == "unused"


def test_nobody_there(not_ok: NotOk, subject: Subject, cluster: Cluster) -> None:
    nobody = cluster('kind = "scheduler"', f'address = "tcp://127.0.0.1:{free_port()}"')
    not_ok(
        "cluster.reachable",
        replace(subject, cluster=nobody),
        said="nothing answers there",
        do="dask scheduler --port",
    )


def test_no_workers(not_ok: NotOk, foreign: Subject) -> None:
    not_ok("cluster.workers", foreign, said="the scheduler has no workers", do="dask worker tcp://127")


def test_small_workers(not_ok: NotOk, foreign: Subject, dask: Dask) -> None:
    dask.worker("--memory-limit", "200MiB")
    not_ok(
        "cluster.workers",
        foreign,
        said="1 of 1 workers have less than",
        do="--memory-limit",
        status="warning",
    )


def test_another_version_on_a_worker(
    not_ok: NotOk, foreign: Subject, dask: Dask, older: Callable[..., dict[str, str]]
) -> None:
    dask.worker(environment=older("gemmi", "0.1.0"))
    not_ok(
        "cluster.versions",
        foreign,
        said=r"the worker tcp://127\.0\.0\.1:\d+ has gemmi 0\.1\.0 and this process",
        do="install the same on both",
    )


def test_a_worker_that_does_not_see_the_workspace(
    not_ok: NotOk, foreign: Subject, dask: Dask, program: Callable[..., list[str]]
) -> None:
    elsewhere = program("unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m")
    hidden = f'mount -t tmpfs none {foreign.workspace}; exec "$@"'
    dask.worker(below=[*elsewhere, "sh", "-ec", hidden, "sh"])
    not_ok(
        "cluster.folder",
        foreign,
        said="1 of 1 workers cannot use .*No such file",
        do="all workers mount at the same path",
    )
