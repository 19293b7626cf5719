"""Where a run stands, as a record and as lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from matsluice.flows.command_line.progress_display import progress_line, waiting_line
from matsluice.flows.progress import read_progress, read_waiting
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.workspace.run_lock import is_running
from matsluice.tasks.features.rejected_counts import counts_text, rejected_by_reason, worth_a_retry

WIDTH = 80


def present_status(run: RunDirectory) -> str:
    """Return how a run stands; one that says it runs and does not was killed, and is interrupted."""
    status = str(run.state()["status"])
    return "interrupted" if status == "running" and not is_running(run.path.parent) else status


def status_record(run: RunDirectory) -> dict[str, Any]:
    """Return what is known of a run now."""
    state, status = run.state(), present_status(run)
    progress = read_progress(run.path) if status == "running" else None
    return {
        "campaign": state["campaign"],
        "run_id": run.run_id,
        "status": status,
        "directory": str(run.path),
        "stage": state.get("stage"),
        "done": list(state.get("done", {})),
        "progress": progress,
        "features": {
            name: state.get("features", {}).get(name)
            for name in ("rows_in", "computed", "reused", "rejected")
        },
        "rejected": (progress or {}).get("refused") or rejected_by_reason(run.path / "rejected.parquet"),
        "waiting": None if status == "completed" else read_waiting(run.path),
        "attempts": state["attempts"],
        "failure": state.get("failure"),
        "resumable": status == "interrupted" or bool(state.get("resumable")),
    }


def rejected_lines(counts: Mapping[str, int]) -> Iterator[str]:
    """Give the lines that say how many rows were rejected for what, and how they are tried again."""
    if counts:
        yield from wrap(f"  rejected  {counts_text(counts)}", WIDTH, subsequent_indent=" " * 12)
    if again := worth_a_retry(counts):
        yield f"  retry     matsluice run F --retry {again}"


def status_lines(record: dict[str, Any]) -> Iterator[str]:
    """Give the lines of `matsluice status`."""
    yield f"{record['campaign']}  {record['run_id']}  {record['status']}"
    if record["done"]:
        yield f"  done      {', '.join(record['done'])}"
    if record["progress"]:
        yield f"  now       {progress_line(record['progress'])}"
    if record["waiting"]:
        yield f"  MLflow    {waiting_line(record['waiting'])}"
    features = record["features"]
    if features["rows_in"] is not None:
        yield (
            f"  rows      {features['rows_in']} in: {features['computed']} computed, "
            f"{features['reused']} reused, {features['rejected']} rejected"
        )
    yield from rejected_lines(record["rejected"])
    if record["failure"]:
        yield f"  failure   {record['failure']}"
    if record["resumable"]:
        yield "  the same `matsluice run` goes on from here"
    yield f"  files     {record['directory']}"
