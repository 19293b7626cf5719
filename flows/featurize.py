"""Every block of every material: what the store has is taken, the rest is computed on the cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from distributed import Client
from prefect import flow, task

from matsluice.flows.progress import Progress
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import is_done, timed_stage
from matsluice.infra.fan_out import fan_out, in_flight_limit
from matsluice.infra.feature_store import MissingRows, commit_parts, log_version, missing
from matsluice.infra.feature_store.claims import claiming, wait_for_any
from matsluice.infra.mistakes import Failed
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.features.chunk import CHUNK_ROWS, ChunkCall, block_table, chunk_bounds, featurize_chunk
from matsluice.tasks.features.ledger import check_rejected, count_rows, write_rejected
from matsluice.tasks.features.matrix import assemble_matrix, keys_in
from matsluice.tasks.ingest.snapshot import Snapshot, open_snapshot
from matsluice.tasks.material.materials_columns import KEY_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    table = block_table(run.campaign.store, block)
    keys = keys_in(snapshot.materials_file, KEY_COLUMNS[find_block(block).needs])
    # Parts that a killed run wrote and did not enter are whole, and count.
    commit_parts(table)
    seen = log_version(table)
    lacking = missing(table, keys)
    note_computed(run, block, lacking[:0])
    while len(lacking):
        with claiming(table, keys[lacking]) as claim:
            free = lacking[claim.free]
            # Another run may have entered some and let go of them since this one looked.
            if log_version(table) != seen:
                free = free[missing(table, keys[free])]
            compute(run, snapshot, block, free, progress)
        # What another run has claimed it computes; what it left out, having died, is computed here.
        rest = lacking[~claim.free]
        wait_for_any(table, claim.others)
        if len(rest):
            commit_parts(table)
        seen = log_version(table)
        lacking = rest[missing(table, keys[rest])]


def compute(
    run: RunDirectory, snapshot: Snapshot, block: str, places: NDArray[np.int64], progress: Progress
) -> None:
    """Compute a block of some materials on the workers, and enter what they leave."""
    spec = find_block(block)
    note_computed(run, block, places)
    client = Client.current()
    now = run.work / f"missing-{spec.name}-now.npy"
    save_array(now, places)
    calls = (
        (ChunkCall(str(snapshot.materials_file), str(now), start, stop, block, run.campaign.store),)
        for start, stop in chunk_bounds(len(places), len(client.nthreads()), CHUNK_ROWS[spec.needs])
    )
    try:
        for count in fan_out(client, featurize_chunk, calls, in_flight=in_flight_limit(client)):
            progress.advance(count)
    finally:
        commit_parts(block_table(run.campaign.store, block))


def note_computed(run: RunDirectory, block: str, places: NDArray[np.int64]) -> None:
    """Add to the list of materials of which this run, in all its attempts, computes a block."""
    file = missing_file(run, block)
    save_array(file, np.union1d(np.load(file), places) if file.exists() else places)


def missing_file(run: RunDirectory, block: str) -> Path:
    """Return where the materials stand of which this run computes a block."""
    return run.work / f"missing-{find_block(block).name}.npy"


@task(name="assemble matrix")
def assemble(run_directory: str) -> None:
    """Put the blocks side by side, and say what became of every row."""
    run = RunDirectory(Path(run_directory))
    campaign = run.campaign
    snapshot = open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])
    blocks = campaign.features.blocks
    matrix = assemble_matrix(snapshot.materials_file, blocks, campaign.store, run.work)
    new = [np.load(missing_file(run, block)) for block in blocks]
    counts = count_rows(snapshot, matrix, np.unique(np.concatenate(new)))
    write_rejected(snapshot, matrix, [t.column for t in campaign.targets], run.path / "rejected.parquet")
    check_rejected(counts, campaign.features.max_rejected)
    run.tell(
        features={
            **counts,
            "columns": len(matrix.columns),
            "blocks": list(blocks),
            "column_names": matrix.columns,
        }
    )
