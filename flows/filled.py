"""A block of every material: what the store has is taken, the rest is computed on the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributed import Client

from matsluice.flows.chunks import FeatureWork, among, chunk_calls, lacking_now, note_computed
from matsluice.flows.progress import Progress
from matsluice.infra.fan_out import fan_out
from matsluice.infra.feature_store import commit_parts, log_version
from matsluice.infra.feature_store.claims import claiming, wait_for_any
from matsluice.infra.workspace.scratch_arrays import picked
from matsluice.tasks.features.chunk import featurize_chunk
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.matrix import keys_in
from matsluice.tasks.ingest.snapshot import Snapshot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def fill_block(work: FeatureWork, snapshot: Snapshot, block: str, progress: Progress) -> None:
    """Compute the materials the store lacks, chunk by chunk on the workers."""
    table = block_table(work.campaign.store, block)
    keys = keys_in(snapshot.materials_file, find_block(block).key_column, work.work)
    # Parts that a killed run wrote and did not enter are whole, and count.
    commit_parts(table)
    seen = log_version(table)
    lacking = lacking_now(work, block, keys)
    while len(lacking):
        with claiming(table, picked(keys, lacking[:, 0], work.work), work.work) as claim:
            mine = lacking if claim.free.all() else lacking[claim.free]
            # Another run may have entered some and let go of them since this one looked.
            if log_version(table) != seen:
                mine = among(mine, lacking_now(work, block, keys))
            _compute(work, snapshot, block, mine, progress)
        # What another run has claimed it computes; what it left out, having died, is computed here.
        wait_for_any(table, claim.others)
        if claim.free.all():
            return
        commit_parts(table)
        seen = log_version(table)
        lacking = among(lacking[~claim.free], lacking_now(work, block, keys))


def _compute(
    work: FeatureWork, snapshot: Snapshot, block: str, wanted: NDArray[np.int64], progress: Progress
) -> None:
    """Compute a block of some materials on the workers, and enter what they leave."""
    note_computed(work, block, wanted[:, 0])
    progress.expect(len(wanted))
    try:
        for done in fan_out(
            Client.current(), featurize_chunk, chunk_calls(work, snapshot, block, wanted), needs="featurize"
        ):
            progress.advance(done.rows, refused=done.refused)
    finally:
        commit_parts(block_table(work.campaign.store, block))
