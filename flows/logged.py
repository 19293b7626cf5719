"""What an attempt at a run says of itself, from its first line to how it ended, in the run's log."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.interruption import stop_requested
from matsluice.infra.metrics import counts
from matsluice.infra.metrics.counts import Price
from matsluice.infra.mistakes import Interrupted
from matsluice.infra.redaction import redacted_error
from matsluice.infra.run_log import logging_run, say

# Of a reason that strikes a million rows so many are told one by one; rejected.parquet holds all.
TOLD_ONE_BY_ONE: Final = 1000
# What says of an exception that its trace stands in the log.
LOGGED: Final = "matsluice_logged"


@contextmanager
def logged_attempt(run: RunDirectory) -> Iterator[None]:
    """Write the run's log while the block lasts, and in it whatever ends the block, without secrets."""
    counted, tracking = counts(), run.campaign.tracking
    counted.campaign, counted.run_id, counted.version = run.campaign.name, run.run_id, version("matsluice")
    if tracking.core_hour_price is not None:
        counted.price = Price(tracking.core_hour_price, tracking.currency)
    with logging_run(run.path, run.run_id):
        _begin(run)
        try:
            yield
        except BaseException as error:
            redacted_error(error)
            stopped = isinstance(error, Interrupted) or not isinstance(error, Exception) or stop_requested()
            counted.ended = "interrupted" if stopped else "failed"
            say(
                "warning" if stopped else "error",
                f"the attempt is {counted.ended}: {_said(error)}",
                error=error,
            )
            setattr(error, LOGGED, True)
            raise
        counted.ended = "completed"
        say("info", "the run is complete")


def _begin(run: RunDirectory) -> None:
    state = run.state()
    facts = {
        "matsluice": version("matsluice"),
        "python": platform.python_version(),
        "inputs": state["inputs"],
        "attempt": state["attempts"],
        "user": os.environ.get("USER", ""),
    }
    say("info", f"campaign {state['campaign']}, attempt {state['attempts']} at run {run.run_id}", facts=facts)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def log_rejected(rejected_file: Path, *stages: str) -> None:
    """Tell the log which rows were rejected and why: of each reason the first, and how many there are in all.

    Parameters
    ----------
    rejected_file
        A run's rejected.parquet.
    stages
        The stages whose refusals are told.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(rejected_file) as file:
        told: dict[tuple[str, str, str], int] = {}
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                if row["stage"] in stages:
                    _tell_row(row, told)
    for (stage, block, reason), count in told.items():
        what = f"{reason} ({block})" if block else reason
        say(
            "warning",
            f"{count} {'row was' if count == 1 else 'rows were'} rejected: {what}",
            facts={"rejected": count, "reason": reason, "block": block, "rejected_in": stage},
        )


def _tell_row(row: dict[str, str], told: dict[tuple[str, str, str], int]) -> None:
    what = (row["stage"], row["block"], row["reason"])
    told[what] = told.get(what, 0) + 1
    if told[what] <= TOLD_ONE_BY_ONE:
        facts = {"id": row["id"], "reason": row["reason"], "block": row["block"], "rejected_in": row["stage"]}
        say("warning", f"{row['id']} rejected, {row['reason']}: {row['detail']}", facts=facts)
