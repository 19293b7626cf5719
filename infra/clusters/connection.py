"""One connection to a cluster that is started while other work is done."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from matsluice.infra.clusters.kinds import CLUSTERS
from matsluice.infra.clusters.opened import ClusterSettings, OpenCluster
from matsluice.infra.interruption import check_stop
from matsluice.infra.lost_cluster import lost_cluster_said, scheduler_address
from matsluice.infra.mistakes import Failed
from matsluice.infra.own_cluster import raise_for_trouble

if TYPE_CHECKING:
    from distributed import Client

_log = logging.getLogger(__name__)

READY_TIMEOUT_S = 60.0
# Workers may die and come back all the time: how long all of them are waited for where some are there.
COMPLETE_TIMEOUT_S = 20.0
LOOK_EVERY_S = 0.2


@dataclass(slots=True)
class Connection:
    """A cluster on its way up, and the client once it is there."""

    _starting: Future[OpenCluster]

    def wait_ready(self, say: Callable[[str], object] | None = None) -> Client:
        """Return the client when workers are there; `distributed.Client.current()` finds it from then on.

        Where the run starts them it waits for all, and after a while for one; those that a queue or somebody else
        lets in come when they come, and one is enough.

        Parameters
        ----------
        say
            Takes what is waited for, where that may last.

        Raises
        ------
        Failed
            None of the workers came, or none will without somebody's help.
        Interrupted
            A stop was asked for, or the scheduler is gone.
        """
        opened = self._starting.result()
        began, told = time.monotonic(), ""
        with lost_cluster_said(opened.client):
            while not self._enough(opened, time.monotonic() - began):
                check_stop()
                raise_for_trouble(opened.client)
                awaited = _awaited(opened)
                if say is not None and awaited and awaited != told:
                    say(awaited)
                    told = awaited
                time.sleep(LOOK_EVERY_S)
        return opened.client

    def _enough(self, opened: OpenCluster, seconds: float) -> bool:
        # Only an asynchronous client gives something to await.
        there = len(cast("dict[str, int]", opened.client.nthreads()))
        if opened.workers is None or there >= opened.workers:
            return there > 0
        if seconds > READY_TIMEOUT_S:
            raise Failed(
                f"{there} of {opened.workers} workers came up in {READY_TIMEOUT_S:.0f} s: "
                "lower cluster.workers or cluster.memory_per_worker"
            )
        return there > 0 and seconds > COMPLETE_TIMEOUT_S

    def close(self) -> None:
        """Let go of the cluster, and stop the workers where the run has started them."""
        self._starting.result().close()


def _awaited(opened: OpenCluster) -> str:
    if opened.awaited is not None:
        return opened.awaited()
    return f"waiting for a worker at {scheduler_address(opened.client)}" if opened.workers is None else ""


@contextmanager
def connected(settings: ClusterSettings, scratch: Path) -> Iterator[Connection]:
    """Start, in the background, or reach the cluster a campaign names, and let go of it at the end of the block."""
    with ThreadPoolExecutor(1, thread_name_prefix="cluster") as aside:
        connection = Connection(aside.submit(_open, settings, scratch))
        try:
            yield connection
        finally:
            try:
                connection.close()
            except TimeoutError:
                # Nothing waits for the workers any more, and they do not outlive this process.
                _log.warning("the workers took too long to end and were left to end by themselves")


def _open(settings: ClusterSettings, scratch: Path) -> OpenCluster:
    scratch.mkdir(parents=True, exist_ok=True)
    opened: OpenCluster = _named(CLUSTERS[settings.kind].opener)(settings, scratch)
    return opened


def check_cluster(settings: ClusterSettings) -> None:
    """Raise InvalidInput where it can be told beforehand that the cluster cannot be reached."""
    checker = CLUSTERS[settings.kind].checker
    if checker:
        _named(checker)(settings)


def _named(place: str) -> Callable[..., Any]:
    module, function = place.split(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found
