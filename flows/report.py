"""What was learned, how well, and what was found: one page."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task

from matsluice.flows.facts import write_facts
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import timed_stage
from matsluice.flows.summary import write_summary
from matsluice.tasks.report import write_report


@flow(name="report", validate_parameters=False)
def report(run_directory: str) -> None:
    """Write summary.json and report.html."""
    run = RunDirectory(Path(run_directory))
    with timed_stage(run, "report"):
        write_page(run_directory)


@task(name="write report")
def write_page(run_directory: str) -> None:
    """Gather what the run knows of itself and render it."""
    run = RunDirectory(Path(run_directory))
    write_facts(run)
    write_summary(run, "completed")
    write_report(run.path)
