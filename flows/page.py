"""The report of a run as far as it has come, whoever asks for it."""

from __future__ import annotations

from pathlib import Path

from matsluice.flows.facts import write_facts
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.summary import write_summary
from matsluice.tasks.report import write_report


def refresh_page(run: RunDirectory, status: str) -> Path:
    """Write what the page is made from, and the page; of a completed run only the page, for its work is done.

    Parameters
    ----------
    run
        The run.
    status
        What the page says of it: completed, running, interrupted or failed.
    """
    if run.work.is_dir():
        write_facts(run)
        write_summary(run, status)
    return write_report(run.path)
