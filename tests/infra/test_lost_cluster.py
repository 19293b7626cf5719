"""What Dask raises where the scheduler is gone becomes an interruption, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from distributed import Client, LocalCluster

from matsluice.infra.lost_cluster import lost_cluster_said, scheduler_address
from matsluice.infra.mistakes import Interrupted


@pytest.fixture
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        Client(cluster.scheduler_address) as made,
    ):
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
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster:
        client = Client(cluster.scheduler_address, timeout=5)
    with pytest.raises(Interrupted, match="is gone; start it again"), lost_cluster_said(client):
        client.run_on_scheduler(int)
    client.close()
