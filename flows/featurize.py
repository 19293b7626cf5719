"""Every block of every material: what the store has is taken, the rest is computed on the cluster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from distributed import Client
from prefect import flow, task

from matsluice.flows.progress import Progress
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import is_done, timed_stage
from matsluice.infra.fan_out import fan_out, in_flight_limit
from matsluice.infra.feature_store import commit_parts, missing
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.features.chunk import CHUNK_ROWS, ChunkCall, block_table, chunk_bounds, featurize_chunk
from matsluice.tasks.features.ledger import check_rejected, count_rows, write_rejected
from matsluice.tasks.features.matrix import assemble_matrix, keys_in
from matsluice.tasks.ingest.snapshot import open_snapshot


@flow(name="featurize", validate_parameters=False)
def featurize(run_directory: str) -> None:
    """Bring every block of every material into the store, and the store's values into one matrix."""
    run = RunDirectory(Path(run_directory))
    if is_done(run, "featurize"):
        return
    with timed_stage(run, "featurize"):
        blocks = run.campaign.features.blocks
        progress = Progress(run.path, "featurize", unit="material × block")
        computed = [featurize_block.submit(run_directory, block, progress) for block in blocks]
        for each in computed:
            each.result()
        progress.finish()
        assemble(run_directory)


@task(name="featurize block", task_run_name="featurize {block}")
def featurize_block(run_directory: str, block: str, progress: Progress) -> None:
    """Compute the materials the store lacks, chunk by chunk on the workers."""
    run = RunDirectory(Path(run_directory))
    snapshot = open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])
    table = block_table(run.workspace.features, block)
    # Parts that a killed run wrote and did not enter are whole, and count.
    commit_parts(table)
    spec = find_block(block)
    lacking = missing(table, keys_in(snapshot.materials_file, spec.key_column))
    places = missing_file(run, block)
    # An earlier attempt's list is kept: what it names is what this run computes.
    if not places.exists():
        save_array(places, lacking)
    client = Client.current()
    bounds = chunk_bounds(len(lacking), len(client.nthreads()), CHUNK_ROWS[spec.needs])
    now = run.work / f"missing-{spec.name}-now.npy"
    save_array(now, lacking)
    calls = (
        (ChunkCall(str(snapshot.materials_file), str(now), start, stop, block, str(run.workspace.features)),)
        for start, stop in bounds
    )
    try:
        for count in fan_out(client, featurize_chunk, calls, in_flight=in_flight_limit(client)):
            progress.advance(count)
    finally:
        commit_parts(table)


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
    matrix = assemble_matrix(snapshot.materials_file, blocks, run.workspace.features, run.work)
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
