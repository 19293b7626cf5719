"""A campaign whose scheduler, workers and driver stand on different hosts, and lose one another."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.several_hosts.conftest import Cluster, SameBytes

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]

UNPLUGGED_S = 30
SAID_WITHIN_S = 60
ENDS_WITHIN_S = 600  # on a machine where others work too


def test_a_link_is_down_for_half_a_minute(cluster: Cluster, same_bytes: SameBytes) -> None:
    call = cluster.run()
    call.wait_for(lambda: cluster.fits() >= 2)
    lost, _ = cluster.workers
    lost.unplug()
    before = cluster.fits()
    time.sleep(UNPLUGGED_S)
    lost.plug()
    answer = call.wait(ENDS_WITHIN_S)
    assert answer.code == 0, answer.err + cluster.logs()
    assert "Traceback" not in answer.err
    assert before < 9, "the link went down when all was done"
    same_bytes(cluster)


def test_a_host_is_lost_for_good(cluster: Cluster, same_bytes: SameBytes) -> None:
    call = cluster.run()
    call.wait_for(lambda: cluster.fits() >= 2)
    lost, left = cluster.workers
    lost.die()
    answer = call.wait(ENDS_WITHIN_S)
    assert answer.code == 0, answer.err + cluster.logs()
    assert "Traceback" not in answer.err
    assert cluster.workers_known() == {left.address}
    same_bytes(cluster)


def test_the_schedulers_host_is_lost(cluster: Cluster, same_bytes: SameBytes) -> None:
    """Its packets are, so no connection ends: only silence tells."""
    call = cluster.run()
    call.wait_for(lambda: cluster.fits() >= 2)
    cluster.scheduler.lose_packets()
    answer = call.wait(SAID_WITHIN_S)
    assert answer.code == 3, answer.err + cluster.logs()
    assert (
        f"the scheduler at {cluster.address} is gone; start it again and run the same command" in answer.err
    )
    assert "Traceback" not in answer.err
    assert call.left_over(grace_s=10) == {}

    # It comes up on another host, with what is left.
    done = cluster.fits()
    for worker in cluster.workers:
        worker.end()
    old = cluster.address
    cluster.start_scheduler(cluster.network.add("second"))
    for worker in cluster.workers:
        cluster.start_worker(worker)
    cluster.wait_for_workers()
    cluster.folder.change((old, cluster.address))
    answer = cluster.run().wait(ENDS_WITHIN_S)
    assert answer.code == 0, answer.err + cluster.logs()
    assert done >= 2
    same_bytes(cluster)
