"""What was learned, how well, and what was found: one page."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, get_run_logger, task

from matsluice.flows.changes import write_changes
from matsluice.flows.delivery import wait_until_delivered
from matsluice.flows.page import refresh_page
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.shown import show_results
from matsluice.flows.stage import timed_stage
from matsluice.infra.mistakes import Failed, Interrupted
from matsluice.infra.tracking.outbox import Undelivered


@flow(name="report", validate_parameters=False)
def report(run_directory: str) -> None:
    """Write summary.json and report.html."""
    run = RunDirectory(Path(run_directory))
    with timed_stage(run, "report"):
        compare(run_directory)
        register(run_directory)
        write_page(run_directory)


@task(name="compare with last run")
def compare(run_directory: str) -> None:
    """Say what has moved since the campaign's last completed run."""
    run = RunDirectory(Path(run_directory))
    try:
        write_changes(run)
    except (Interrupted, Failed):
        raise
    except Exception as error:  # noqa: BLE001 - the comparison is beside the results, which stand without it
        # The earlier run's files may be gone or damaged.
        sentence = f"{type(error).__name__}: {error}"
        get_run_logger().warning("not compared with the last run: %s", sentence)
        run.tell(not_compared=sentence)


@task(name="register champion")
def register(run_directory: str) -> None:
    """Wait until MLflow has every contest, and the fitted model under the campaign's name as champion."""
    run = RunDirectory(Path(run_directory))
    try:
        wait_until_delivered(run)
    except Undelivered:
        refresh_page(run, "interrupted")  # what was found can be read before MLflow is back
        raise


@task(name="write report")
def write_page(run_directory: str) -> None:
    """Gather what the run knows of itself, render it, and show it in Prefect."""
    run = RunDirectory(Path(run_directory))
    refresh_page(run, "completed")
    show_results(run, run.state()["prefect"]["root_flow_run_id"])
