"""The input, frozen: every row with its material and labels, or with why it has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task

from matsluice.flows.preflight import examined_rows
from matsluice.flows.progress import Progress
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import is_done, timed_stage
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.ingest.snapshot import freeze


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
    campaign = run.campaign
    progress = Progress(run.path, "ingest")

    def counted() -> Iterator[ExaminedRows]:
        for rows in examined_rows(campaign):
            yield rows
            progress.advance(len(rows.keys))

    origin = {
        "source": campaign.data.source,
        "options": campaign.data.options.model_dump(mode="json"),
        "frozen": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    targets = [target.column for target in campaign.targets]
    kept = campaign.validation.row_columns
    snapshot = freeze(counted(), targets, run.workspace.snapshots, origin, campaign.class_targets, kept)
    progress.finish()
    run.tell(
        snapshot={
            "id": snapshot.id,
            "rows": snapshot.rows,
            "unique_materials": snapshot.unique_materials,
            "refused": snapshot.refused,
        }
    )
