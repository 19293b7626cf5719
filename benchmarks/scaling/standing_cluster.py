"""A scheduler in a process of its own, with workers: what somebody else's cluster looks like to a campaign."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.clusters.scheduler import SchedulerOptions, connect
from matsluice.infra.servers.ports import free_port

if TYPE_CHECKING:
    from distributed import Client

DASK = Path(sys.executable).with_name("dask")


@dataclass(frozen=True)
class Standing:
    """What a campaign's [cluster] says."""

    address: str
    kind: str = "scheduler"
    workers: int = 1
    memory_per_worker_bytes: int = 1024**3
    threads_per_worker: int = 1
    options: ClusterOptions = field(default_factory=SchedulerOptions)


@contextmanager
def standing_cluster(folder: Path, workers: int) -> Iterator[Client]:
    """Give a connection to a scheduler of so many workers of one thread; all are ended with the block."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    commands: list[list[str | Path]] = [
        [DASK, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        [
            *(DASK, "worker", address, "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard"),
            *("--local-directory", folder, "--memory-limit", "1GiB"),
        ],
    ]
    with (folder / "dask.log").open("wb") as log:
        processes = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]  # noqa: S603
    try:
        with _connected(address, processes[0]) as client:
            client.wait_for_workers(workers, timeout=300)
            yield client
    except BaseException:
        print((folder / "dask.log").read_text()[-5000:], file=sys.stderr)
        raise
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(60)


def _connected(address: str, scheduler: subprocess.Popen[bytes]) -> Client:
    from matsluice.infra.mistakes import Hindered

    for _ in range(10):
        try:
            return connect(Standing(address))
        except Hindered:
            if scheduler.poll() is not None:
                raise
    raise TimeoutError(f"no scheduler came up at {address}")
