"""Loaded by a scheduler when it starts: what Dask would keep of every call it has ever seen, for good, is let go of.

A campaign of a billion rows is a million calls, and a scheduler outlives campaigns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dask.utils import key_split
from distributed.spans import SpansSchedulerExtension
from tornado.ioloop import PeriodicCallback

if TYPE_CHECKING:
    from distributed import Scheduler

FORGET_EVERY_MS = 5_000


class ForgetfulSpans(SpansSchedulerExtension):
    """Dask's summary of what belongs together, without a note for each call that is handed over."""

    def observe_tasks(self, *given: Any, **named: Any) -> Any:
        """Take new tasks in; where they come from is the same for all of them."""
        named["span_metadata"] = {"collections": []}
        return super().observe_tasks(*given, **named)


def dask_setup(scheduler: Scheduler) -> None:
    """Keep no note of each call, and empty the memory of up to 100 000 keys' names every few seconds."""
    scheduler.extensions["spans"] = ForgetfulSpans(scheduler)
    forget = PeriodicCallback(key_split.cache_clear, FORGET_EVERY_MS)
    # What stands there ends with the scheduler.
    scheduler.periodic_callbacks["forget-keys"] = forget
    forget.start()
