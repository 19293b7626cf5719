"""What a campaign says of its cluster, and what every kind of cluster hands back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from matsluice.infra.clusters.cluster_options import ClusterOptions

if TYPE_CHECKING:
    from distributed import Client
    from distributed.deploy.cluster import Cluster


class ClusterSettings(Protocol):
    """What a campaign's [cluster] says."""

    @property
    def kind(self) -> str:
        """A name in `CLUSTERS`."""
        ...

    @property
    def workers(self) -> int:
        """Number of worker processes, where the run starts them."""
        ...

    @property
    def memory_per_worker_bytes(self) -> int:
        """Limit of each."""
        ...

    @property
    def threads_per_worker(self) -> int:
        """How many calls one of them runs at once."""
        ...

    @property
    def address(self) -> str:
        """Where the scheduler listens, where it is somebody else's; else ""."""
        ...

    @property
    def options(self) -> ClusterOptions:
        """The keys of its kind alone."""
        ...


@dataclass(frozen=True, slots=True)
class OpenCluster:
    """A cluster that is up or on its way up.

    Attributes
    ----------
    client
        The connection to its scheduler.
    close
        Lets go of it, and ends what the run has started.
    workers
        How many workers the run has started, or None where they come when somebody else lets them.
    awaited
        Says in words why no worker is there yet; None where nothing is known of it.
    """

    client: Client
    close: Callable[[], object]
    workers: int | None
    awaited: Callable[[], str] | None = None


def opened_by_run(
    cluster: Cluster, workers: int | None, awaited: Callable[[], str] | None = None
) -> OpenCluster:
    """Return a cluster that the run has started, connected to; `close` ends it with its workers."""
    from distributed import Client

    client = Client(cluster)

    def close() -> None:
        client.close()
        cluster.close()

    return OpenCluster(client, close, workers, awaited)
