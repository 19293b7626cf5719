"""What was learned, how well, and what was found: one page."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task

from matsluice.flows.page import refresh_page
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import timed_stage


@flow(name="report", validate_parameters=False)
def report(run_directory: str) -> None:
    """Write summary.json and report.html."""
    run = RunDirectory(Path(run_directory))
    with timed_stage(run, "report"):
        write_page(run_directory)


@task(name="write report")
def write_page(run_directory: str) -> None:
    """Gather what the run knows of itself and render it."""
    refresh_page(RunDirectory(Path(run_directory)), "completed")
