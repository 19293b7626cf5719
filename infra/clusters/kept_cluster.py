"""A cluster that keeps its number of workers, whatever ends them and when, and follows the work where it may."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from distributed import LocalCluster, SpecCluster, Status

from matsluice.infra.clusters.group import Group
from matsluice.infra.clusters.timed_collections import time_collections

LOOK_EVERY_S = 1.0
# A worker that is replaced is away for some seconds, which is nobody's concern.
TOLD_AFTER_S = 30.0
logger = logging.getLogger(__name__)


class Kept(SpecCluster):
    """Dask's cluster of units, with a thread that starts new units in the place of those that ended.

    Dask's own starts a unit when the wanted number changes, and never again; its adaptive scaling counts one that
    has ended as one that comes. A new unit has a new name: the scheduler turns away a worker whose name it still
    knows.

    Attributes
    ----------
    calls_at_most
        How many calls all units run at once when there are as many as there may be.
    trouble
        Why no worker will come without somebody's help, or "".
    """

    scheduler: Any  # in this process, so what it knows can be looked at

    def __init__(self, groups: Sequence[Group], **settings: Any) -> None:
        self._groups = tuple(groups)
        self._group_of: dict[Hashable, Group] = {}
        self._idle_since: dict[Hashable, float] = {}
        self.calls_at_most = sum(group.at_most * group.calls_at_once for group in groups)
        self.trouble = ""
        self._used = False
        self._alone_since, self._told = time.monotonic(), ""
        self._over = threading.Event()
        time_collections()
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self._keeper = threading.Thread(target=self._keep, name="keeps workers", daemon=True)
        self._keeper.start()

    async def ended(self) -> Iterable[Hashable]:
        """Return the units that are over."""
        raise NotImplementedError

    def may_start(self) -> int:
        """Return how many units may be started at this moment."""
        return max(group.at_most for group in self._groups)

    def did_start(self) -> None:
        """Take note that the units that were to be started are under way."""

    def did_not_start(self, error: Exception) -> None:
        """Take note that a unit could not be started; it is tried again."""
        logger.debug("a unit did not start: %s", error)

    def _keep(self) -> None:
        while not self._over.is_set():
            try:
                self.sync(self._look)  # type: ignore[no-untyped-call]
            except Exception as error:  # noqa: BLE001 - what does not come up now is started again a second later
                if not self._over.is_set():
                    self.did_not_start(error)
            self._over.wait(LOOK_EVERY_S)

    async def _look(self) -> None:
        # Dask's own drops a unit whose worker has been gone for a while.
        over = (set(self.worker_spec) - set(self.workers)) | set(await self.ended())
        for name in over:
            self.worker_spec.pop(name, None)
            # Nobody is to expect of it that it is closed in good order.
            self._created.discard(self.workers.pop(name, None))
            self._idle_since.pop(name, None)
            self._group_of.pop(name, None)
        if self._over.is_set():  # closing has begun meanwhile, and nothing new may come
            return
        self._note_idle()
        self._tell_of_no_worker()
        for group in self._groups:
            if not self._over.is_set():
                await self._adjust(group)
        if set(self.worker_spec) != set(self.workers) and not self._over.is_set():
            await self._correct_state()  # type: ignore[no-untyped-call]
            self.did_start()

    async def _adjust(self, group: Group) -> None:
        units = [name for name in self.worker_spec if self._group_of.get(name, self._groups[0]) is group]
        wanted = self._wanted(group) if group.grows else group.at_most
        for _ in range(min(wanted - len(units), self.may_start())):
            self._i += 1
            for name, spec in self.new_worker_spec().items():  # type: ignore[no-untyped-call]
                self.worker_spec[name] = spec if group.spec is None else group.spec
                self._group_of[name] = group
        if group.grows:
            surplus = len(units) - wanted
            await self._release(group.may_go(self._idle_since, units, surplus, time.monotonic()))

    def _wanted(self, group: Group) -> int:
        calls = self._calls_for(group)
        self._used = self._used or calls > 0
        # A run begins with a worker, and makes its first call when it has something to compute.
        least = 0 if self._used or group is not self._groups[0] else 1
        return max(least, group.wanted(calls))

    async def _release(self, units: Sequence[Hashable]) -> None:
        if not units:
            return
        # What they hold is moved first; then nothing is lost when the unit is ended.
        addresses = [ws.address for ws in self.scheduler.workers.values() if self.unit_of(ws.name) in units]
        await self.scheduler.retire_workers(workers=addresses, close_workers=True)
        for name in units:
            self.worker_spec.pop(name, None)

    def unit_of(self, worker: Hashable) -> Hashable:
        """Return the unit that a worker of this name belongs to."""
        return worker

    def _note_idle(self) -> None:
        busy = {self.unit_of(ws.name) for ws in self.scheduler.workers.values() if ws.processing}
        now = time.monotonic()
        self._idle_since = {
            name: self._idle_since.get(name, now) for name in self.worker_spec if name not in busy
        }

    def awaited(self) -> str:
        """Return, in words, why no worker is there."""
        return "workers are started anew"

    def _tell_of_no_worker(self) -> None:
        """Say it where calls have waited for a while and nobody is there for them, and when somebody is again."""
        now = time.monotonic()
        if self.scheduler.workers or not any(map(self._calls_for, self._groups)):
            if self._told:
                logger.warning("workers are there again")
            self._alone_since, self._told = now, ""
        elif now - self._alone_since > TOLD_AFTER_S and self._told != self.awaited():
            self._told = self.awaited()
            logger.warning("no worker is there, and the run waits: %s", self._told)

    def _calls_for(self, group: Group) -> int:
        scheduler = self.scheduler
        under_way = [ts for ws in scheduler.workers.values() for ts in ws.processing]
        calls = [*under_way, *scheduler.queued, *scheduler.unrunnable]
        if not group.resource:
            return len(calls)
        return sum(group.resource in (ts.resource_restrictions or ()) for ts in calls)

    def close(self, timeout: float | None = None) -> Any:
        """Stop keeping workers, then end them."""
        self._over.set()
        return super().close(timeout)


class KeptCluster(Kept, LocalCluster):
    """Dask's cluster of processes on this machine.

    A nanny starts a new worker in the place of one that was killed. But where that one is killed too before it
    is quite up, the nanny ends for good, and the cluster would go on with a worker less, in the end with none.
    """

    async def ended(self) -> Iterable[Hashable]:
        """Return the nannies that gave up."""
        return [
            name for name, nanny in self.workers.items() if nanny.status in (Status.closed, Status.failed)
        ]
