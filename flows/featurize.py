"""Every block of every material: what the store has is taken, the rest is computed on the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from distributed import Client
from prefect import flow, task

from matsluice.flows.contests import row_limits
from matsluice.flows.progress import Progress
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import is_done, timed_stage
from matsluice.infra.fan_out import fan_out, in_flight_limit
from matsluice.infra.feature_store import commit_parts, look_up
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.features.chunk import CHUNK_ROWS, ChunkCall, block_table, chunk_bounds, featurize_chunk
from matsluice.tasks.features.ledger import check_rejected, count_rows, write_rejected
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.matrix import assemble_matrix, keys_in
from matsluice.tasks.features.wanted import first_wanted, still_wanted, with_more
from matsluice.tasks.ingest.snapshot import Snapshot, open_snapshot
from matsluice.tasks.material.materials_columns import KEY_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    lacking = note_wanted(run, block, keys_in(snapshot.materials_file, KEY_COLUMNS[find_block(block).needs]))
    progress.expect(len(lacking))
    client = Client.current()
    try:
        for done in fan_out(
            client, featurize_chunk, chunk_calls(run, snapshot, block, lacking), in_flight=in_flight_limit(client)
        ):
            progress.advance(done.rows, refused=done.refused)
    finally:
        commit_parts(table)


def note_wanted(run: RunDirectory, block: str, keys: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Return what is to be computed now, and note all that this run computes, over its attempts."""
    found = look_up(block_table(run.workspace.features, block), keys)
    kept = wanted_file(run, block)
    wanted = np.load(kept) if kept.exists() else first_wanted(keys, found, run.state()["retry"])
    lacking = still_wanted(wanted, keys, found)
    save_array(kept, with_more(wanted, lacking))
    return lacking


def wanted_file(run: RunDirectory, block: str) -> Path:
    """Return where it is noted for which materials this run computes a block."""
    return run.work / f"wanted-{find_block(block).name}.npy"


def chunk_calls(
    run: RunDirectory, snapshot: Snapshot, block: str, lacking: NDArray[np.int64]
) -> Iterator[tuple[ChunkCall]]:
    """Give the calls that compute what is lacking."""
    campaign, spec = run.campaign, find_block(block)
    now = run.work / f"wanted-{spec.name}-now.npy"
    save_array(now, lacking)
    workers = len(Client.current().nthreads())
    for start, stop in chunk_bounds(len(lacking), workers, CHUNK_ROWS[spec.needs]):
        yield (
            ChunkCall(
                materials=str(snapshot.materials_file),
                wanted=str(now),
                start=start,
                stop=stop,
                block=block,
                store=str(run.workspace.features),
                made_by=MadeBy.here(spec),
                limits=row_limits(campaign),
                plugins=campaign.plugins.files(),
            ),
        )


@task(name="assemble matrix")
def assemble(run_directory: str) -> None:
    """Put the blocks side by side, and say what became of every row."""
    run = RunDirectory(Path(run_directory))
    campaign = run.campaign
    snapshot = open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])
    blocks = campaign.features.blocks
    matrix = assemble_matrix(snapshot.materials_file, blocks, run.workspace.features, run.work)
    new = {block: np.load(wanted_file(run, block))[:, 0] for block in blocks}
    counts = count_rows(snapshot, matrix, np.unique(np.concatenate(list(new.values()))))
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
