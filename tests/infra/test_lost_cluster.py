"""What Dask raises where the scheduler is gone becomes an interruption, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from distributed import Client, LocalCluster

from matsluice.infra.lost_cluster import lost_cluster_said, scheduler_address
from matsluice.infra.mistakes import Interrupted


def cluster_without_workers() -> LocalCluster:
    # Its pages have a port even where none are asked for: 8787, unless one is named.
    return LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0")


@pytest.fixture
def client() -> Iterator[Client]:
    with cluster_without_workers() as cluster, Client(cluster.scheduler_address) as made:
        yield made


def test_a_new_connection_that_the_scheduler_does_not_take(client: Client) -> None:
    address = scheduler_address(client)
    with pytest.raises(Interrupted, match="is gone; start it again"), lost_cluster_said(client):
        # As distributed.comm.connect says it, while the client's first connection still stands.
        raise OSError(f"Timed out trying to connect to {address} after 10 s")


def test_an_error_of_another_kind_stays_what_it_is(client: Client) -> None:
    with pytest.raises(OSError, match="No space left"), lost_cluster_said(client):
        raise OSError(28, "No space left on device")


def test_a_scheduler_that_is_gone() -> None:
    with cluster_without_workers() as cluster:
        client = Client(cluster.scheduler_address, timeout=5)
    with pytest.raises(Interrupted, match="is gone; start it again"), lost_cluster_said(client):
        client.run_on_scheduler(int)
    client.close()
