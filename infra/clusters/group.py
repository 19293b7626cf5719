"""Workers of one kind within a cluster: how many there should be, and which of them may go."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Group:
    """Units of one kind; a unit is what is started and ended as one: a process here, a Slurm job there.

    Attributes
    ----------
    at_least, at_most
        How many units; where they are equal, there are always as many.
    calls_at_once
        How many calls one unit runs at once: its workers times their threads.
    idle_s
        How long (s) a unit has nothing to do before it may go.
    spec
        What Dask's cluster starts a unit from; None where the cluster knows.
    resource
        The resource its workers name, or "" where they run anything.
    """

    at_least: int
    at_most: int
    calls_at_once: int
    idle_s: float
    spec: Mapping[str, Any] | None = field(default=None, compare=False)
    resource: str = ""

    @property
    def grows(self) -> bool:
        """Whether their number follows the work."""
        return self.at_least < self.at_most

    def wanted(self, calls: int) -> int:
        """Return how many units there should be for some calls that are not done.

        A call takes seconds to hours and is never divided, so there is a thread for each, up to the bound. Dask's
        own policy weighs the time the calls will take against 5 s; a run keeps only a few calls per thread under
        way, and three calls of a second would never ask for a second worker.

        Examples
        --------
        >>> group = Group(at_least=1, at_most=10, calls_at_once=4, idle_s=60.0)
        >>> group.wanted(0), group.wanted(9), group.wanted(500)
        (1, 3, 10)
        """
        return min(self.at_most, max(self.at_least, math.ceil(calls / self.calls_at_once)))

    def may_go(
        self, idle_since: Mapping[Any, float], units: Iterable[Hashable], surplus: int, now: float
    ) -> list[Hashable]:
        """Return which units are ended: at most `surplus`, the longest idle first.

        Parameters
        ----------
        idle_since
            Unit → when (s) it last had something to do; units that work are not there.
        units
            Those of this group.
        surplus
            How many there are too many.
        now
            The present moment (s), by the same clock.
        """
        long = [u for u in units if u in idle_since and now - idle_since[u] >= self.idle_s]
        return sorted(long, key=lambda unit: idle_since[unit])[: max(0, surplus)]
