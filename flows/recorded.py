"""Prefect's own record of a run, complete before its server is stopped."""

from __future__ import annotations

import sys
from pathlib import Path

from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.mistakes import Cancelled
from matsluice.infra.schedules.wishes import set_cancelled
from matsluice.infra.servers.prefect_away import prefect_is_away
from matsluice.infra.servers.prefect_rows import close_abandoned, wait_until_recorded


def drain(directory: Path) -> None:
    """Wait until every task run of the attempt stands in Prefect's database in its last state.

    Where Prefect cannot be reached any more, that is said and no more is waited for: nothing of the results
    depends on it.
    """
    if not directory.exists():
        return
    try:
        wait_until_recorded(RunDirectory(directory.resolve()).state()["prefect"]["flow_run_id"])
    except Exception as error:
        reason = prefect_is_away(error)
        if reason is None:
            raise
        sys.stderr.write(f"Prefect cannot be reached ({reason}): its record of the run is incomplete\n")


def close_cancelled(directory: Path, error: BaseException) -> None:
    """Write into Prefect that a run has ended which was cancelled there: it would show as being cancelled for ever."""
    if isinstance(error, Cancelled):
        run = RunDirectory(directory.resolve())
        run.tell(cancelled=True)
        set_cancelled(run.state()["prefect"]["flow_run_id"], "cancelled; the next run goes on from here")


def close_earlier_attempt(run: RunDirectory) -> None:
    """Close what a killed attempt left open in Prefect's database, where it would look as if it still ran."""
    told = run.state().get("prefect")
    if told is not None:
        close_abandoned(told["flow_run_id"], "the run was killed; a later attempt has taken it up")
