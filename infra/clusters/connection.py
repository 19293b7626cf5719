"""One connection to a cluster that is started while other work is done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from matsluice.infra.clusters.kinds import CLUSTERS
from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    from distributed import Client

READY_TIMEOUT_S = 60.0


class ClusterSettings(Protocol):
    """What a campaign's [cluster] says."""

    @property
    def kind(self) -> str:
        """A name in `CLUSTERS`."""

    @property
    def workers(self) -> int:
        """Number of worker processes."""

    @property
    def memory_per_worker_bytes(self) -> int:
        """Limit of each."""


@dataclass(slots=True)
class Connection:
    """A cluster on its way up, and the client once it is there."""

    _starting: Future[tuple[Any, Client]]
    _workers: int

    def wait_ready(self) -> Client:
        """Return the client when all workers are there; `distributed.Client.current()` finds it from then on.

        Raises
        ------
        Failed
            The workers did not come.
        """
        _, client = self._starting.result()
        try:
            client.wait_for_workers(self._workers, timeout=READY_TIMEOUT_S)
        except TimeoutError:
            raise Failed(
                f"{len(client.nthreads())} of {self._workers} workers came up in {READY_TIMEOUT_S:.0f} s: "
                "lower cluster.workers or cluster.memory_per_worker"
            ) from None
        return client

    def close(self) -> None:
        """Stop the workers and let go of the cluster."""
        cluster, client = self._starting.result()
        client.close()
        cluster.close()


@contextmanager
def connected(settings: ClusterSettings, scratch: Path) -> Iterator[Connection]:
    """Start the cluster a campaign names in the background, and stop it at the end of the block."""
    with ThreadPoolExecutor(1, thread_name_prefix="cluster") as aside:
        connection = Connection(aside.submit(_open, settings, scratch), settings.workers)
        try:
            yield connection
        finally:
            connection.close()


def _open(settings: ClusterSettings, scratch: Path) -> tuple[Any, Client]:
    from distributed import Client

    module, function = CLUSTERS[settings.kind].opener.split(":")
    scratch.mkdir(parents=True, exist_ok=True)
    cluster = getattr(import_module(module), function)(
        settings.workers, settings.memory_per_worker_bytes, scratch
    )
    return cluster, Client(cluster)
