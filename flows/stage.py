"""One stage of a run: timed over all attempts, and not begun again once it is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.interruption import check_stop

STAGES = ("ingest", "featurize", "train", "screen", "report")


def is_done(run: RunDirectory, stage: str) -> bool:
    """Return whether an earlier attempt has finished the stage."""
    return stage in run.state().get("done", {})


@contextmanager
def timed_stage(run: RunDirectory, stage: str) -> Iterator[None]:
    """Add the block's time to the stage, and note the stage as done where the block ends well.

    Raises
    ------
    Interrupted
        A stop was asked for before the stage began.
    """
    check_stop()
    run.tell(stage=stage)
    start = time.perf_counter()
    try:
        yield
    finally:
        run.add_seconds(stage, time.perf_counter() - start)
    run.tell(done={stage: True})
