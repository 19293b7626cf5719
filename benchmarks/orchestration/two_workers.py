"""The cluster that a campaign with `kind = "local"` and two workers has."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.clusters.local import LocalOptions, open_cluster

if TYPE_CHECKING:
    from distributed import Client

WORKERS: Final = 2
# A call is under way, or done and not yet looked at, or looked at, or let go of and the scheduler has not heard.
HANDS: Final = 4


@dataclass(frozen=True)
class TwoWorkers:
    """What a campaign's [cluster] says."""

    kind: str = "local"
    workers: int = WORKERS
    memory_per_worker_bytes: int = 2 * 1024**3
    threads_per_worker: int = 1
    address: str = ""
    options: ClusterOptions = LocalOptions()


@contextmanager
def two_workers(scratch: Path) -> Iterator[Client]:
    """Give the connection to a scheduler in this process with two workers."""
    opened = open_cluster(TwoWorkers(), scratch)
    try:
        opened.client.wait_for_workers(WORKERS)
        yield opened.client
    finally:
        opened.close()


def tasks_known(client: Client) -> int:
    """Return how many tasks the scheduler knows now."""
    scheduler: Any = client.cluster
    return len(scheduler.scheduler.tasks)


class MostTasks:
    """How many tasks the scheduler knew at most while the block lasts."""

    def __init__(self, client: Client) -> None:
        self.most = 0
        self._client, self._over = client, threading.Event()

    def __enter__(self) -> MostTasks:
        """Begin to look."""
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End looking."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.002):
            self.most = max(self.most, tasks_known(self._client))
