"""One stage of a run: timed over all attempts, and not begun again once it is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.interruption import check_stop
from matsluice.infra.metrics import counts
from matsluice.infra.run_log import begin_stage, say

STAGES = ("ingest", "featurize", "train", "screen", "study", "report")
# Only where the campaign has what it is for.
ONLY_WHERE_ASKED = frozenset({"study"})


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
    begin_stage(stage)
    counts().begin(stage, run.state()["seconds"].get(stage, 0.0))
    say("info", "begins")
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds = time.perf_counter() - start
        counts().end(stage)
        run.add_seconds(stage, seconds)
    run.tell(done={stage: True})
    say("info", f"done in {seconds:.1f} s", facts={"seconds": round(seconds, 3)})
    begin_stage("")
