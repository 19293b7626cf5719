"""Every block of every material: what the store has is taken, the rest is computed on the cluster."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task

from matsluice.flows.chunks import computed_file
from matsluice.flows.filled import fill_block
from matsluice.flows.logged import log_rejected
from matsluice.flows.progress import Progress
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import is_done, timed_stage
from matsluice.infra.feature_store import MissingRows
from matsluice.infra.metrics import counts as counted
from matsluice.infra.mistakes import Failed
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.ledger import check_rejected, count_rows, write_rejected
from matsluice.tasks.features.matrix import assemble_matrix
from matsluice.tasks.features.row_ledger import write_ledger
from matsluice.tasks.ingest.snapshot import open_snapshot

# A part that is damaged is dropped when it is read; a disk that damages every file would go on for ever.
ROUNDS = 3


@flow(name="featurize", validate_parameters=False)
def featurize(run_directory: str) -> None:
    """Bring every block of every material into the store, and the store's values into one matrix."""
    run = RunDirectory(Path(run_directory))
    if is_done(run, "featurize"):
        return
    with timed_stage(run, "featurize"):
        blocks = run.campaign.features.blocks
        for round_number in range(1, ROUNDS + 1):
            progress = Progress(run.path, "featurize", unit="material × block")
            computed = [featurize_block.submit(run_directory, block, progress) for block in blocks]
            for each in computed:
                each.result()
            progress.finish()
            try:
                assemble(run_directory)
            except MissingRows as damage:
                if round_number == ROUNDS:
                    raise Failed(
                        f"{damage}; it has happened {ROUNDS} times in this run: look at the disk"
                    ) from damage
            else:
                return


@task(name="featurize block", task_run_name="featurize {block}")
def featurize_block(run_directory: str, block: str, progress: Progress) -> None:
    """Compute the materials the store lacks, chunk by chunk on the workers."""
    run = RunDirectory(Path(run_directory))
    snapshot = open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])
    fill_block(run, snapshot, block, progress)


@task(name="assemble matrix")
def assemble(run_directory: str) -> None:
    """Put the blocks side by side, and say what became of every row."""
    run = RunDirectory(Path(run_directory))
    campaign = run.campaign
    snapshot = open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])
    blocks = campaign.features.blocks
    matrix = assemble_matrix(snapshot.materials_file, blocks, campaign.store, run.work)
    new = {find_block(block).name: mapped_array(computed_file(run, block)) for block in blocks}
    counts = count_rows(snapshot, matrix, new)
    write_ledger(snapshot, matrix.costs, matrix.refused_file, new, run.path / "ledger.parquet")
    write_rejected(snapshot, matrix, [t.column for t in campaign.targets], run.path / "rejected.parquet")
    log_rejected(run.path / "rejected.parquet", "ingest", "featurize", "train")
    counted().rows = {outcome: counts[outcome] for outcome in ("computed", "reused", "rejected")}
    check_rejected(counts, campaign.features.max_rejected)
    run.tell(
        features={
            **counts,
            "columns": len(matrix.columns),
            "blocks": list(blocks),
            "column_names": matrix.columns,
        }
    )
