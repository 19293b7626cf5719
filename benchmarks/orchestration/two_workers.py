"""The cluster that a campaign with `kind = "local"` and two workers has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from orchestration.most import Most

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
    options: ClusterOptions = field(default_factory=LocalOptions)


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


def most_tasks(client: Client) -> Most:
    """Return what counts how many tasks the scheduler knows at most while its block lasts."""
    return Most(lambda: tasks_known(client), 0.002)
