"""Workers that differ, told by the names of Dask's resources: calls go where one is named, else anywhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from matsluice.infra.lost_cluster import lost_cluster_said, scheduler_address
from matsluice.infra.mistakes import Hindered
from matsluice.infra.own_cluster import resources_to_come

if TYPE_CHECKING:
    from distributed import Client

Resource: TypeAlias = Literal["featurize", "train"]

LOOK_EVERY_S = 2.0
# A worker that died is there again within a minute, where somebody looks after it.
MISSING_WAIT_S = 120.0


def supplied(dask_scheduler: Any) -> dict[str, float]:
    """Return resource → the most that one worker has of it; run on the scheduler."""
    return {name: max(amounts.values()) for name, amounts in dask_scheduler.resources.items() if len(amounts)}


class Demand:
    """What the calls of one fan-out ask of the workers.

    A call asks for one unit, so a worker runs as many of them at once as it names: `--resources train=4`. One that
    names less than a whole unit cannot run any, and counts as one that does not name it.

    Parameters
    ----------
    client
        The connection to the cluster.
    needs
        The resource; None where any worker will do.
    what
        The name of the function, for people.
    """

    def __init__(self, client: Client, needs: Resource | None, what: str) -> None:
        self._client, self._needs, self._what = client, needs, what
        self._looked = -LOOK_EVERY_S
        self._named = False
        self._last_there = time.monotonic()

    def amounts(self) -> dict[str, float] | None:
        """Return what a call asks for; None where any worker will do."""
        return {self._needs: 1.0} if self._needs and self._named else None

    def look(self) -> None:
        """See, every now and then, which resources the workers name.

        Once one has named what is needed, calls ask for it to the end, also while none is there.

        Raises
        ------
        Hindered
            No worker names it any more, and none of the run's own will.
        """
        if self._needs is None or time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        self._looked = time.monotonic()
        if self._needs in resources_to_come(self._client):
            self._named = True
            return
        with lost_cluster_said(self._client):
            there = cast("dict[str, float]", self._client.run_on_scheduler(supplied))
        if there.get(self._needs, 0.0) >= 1.0:
            self._named, self._last_there = True, time.monotonic()
        elif self._named and time.monotonic() - self._last_there > MISSING_WAIT_S:
            raise Hindered(self._missing(sorted(there)))

    def _missing(self, others: list[str]) -> str:
        there = f"those that are there name {', '.join(others)}" if others else "none that is there names any"
        return (
            f"calls of {self._what} need a worker with the resource {self._needs}, and for {MISSING_WAIT_S:.0f} s "
            f"there has been none ({there}): start one with `dask worker {scheduler_address(self._client)} "
            f"--resources {self._needs}=1`, and run the same command"
        )
