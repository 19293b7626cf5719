"""The input, frozen: every row with its material and labels, or with why it has none."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task

from matsluice.flows.frozen import frozen_input
from matsluice.flows.progress import Progress
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import is_done, timed_stage


@flow(name="ingest", validate_parameters=False)
def ingest(run_directory: str) -> None:
    """Freeze the campaign's input as a snapshot named by its content."""
    run = RunDirectory(Path(run_directory))
    if is_done(run, "ingest"):
        return
    with timed_stage(run, "ingest"):
        freeze_input(run_directory)


@task(name="freeze input")
def freeze_input(run_directory: str) -> None:
    """Read the source once and write the snapshot."""
    run = RunDirectory(Path(run_directory))
    snapshot = frozen_input(run.campaign, run.workspace.snapshots, Progress(run.path, "ingest"))
    run.tell(
        snapshot={
            "id": snapshot.id,
            "rows": snapshot.rows,
            "unique_materials": snapshot.unique_materials,
            "refused": snapshot.refused,
        }
    )
