"""Which chunks of a block a run computes, kept in its folder, so that a later attempt knows them too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from distributed import Client

from matsluice.flows.contests import row_limits
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.fan_out import calls_at_once
from matsluice.infra.feature_store import look_up
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.features.chunk import CHUNK_ROWS, ChunkCall, block_table, chunk_bounds
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.wanted import first_wanted, still_wanted, with_more
from matsluice.tasks.ingest.snapshot import Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray


def note_wanted(run: RunDirectory, block: str, keys: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Return what is to be computed now, and note all that this run computes, over its attempts."""
    found = look_up(block_table(run.campaign.store, block), keys)
    kept = wanted_file(run, block)
    wanted = np.load(kept) if kept.exists() else first_wanted(keys, found, run.state()["retry"])
    lacking = still_wanted(wanted, keys, found)
    save_array(kept, with_more(wanted, lacking))
    return lacking


def note_not_ours(run: RunDirectory, block: str, places: NDArray[np.int64]) -> None:
    """Take out of what this run computes the materials that another run has computed meanwhile."""
    kept = wanted_file(run, block)
    wanted = np.load(kept)
    save_array(kept, wanted[~np.isin(wanted[:, 0], places)])


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
    rows_at_most = campaign.features.chunk_rows or CHUNK_ROWS[spec.needs]
    for start, stop in chunk_bounds(len(lacking), calls_at_once(Client.current()), rows_at_most):
        yield (
            ChunkCall(
                materials=str(snapshot.materials_file),
                wanted=str(now),
                start=start,
                stop=stop,
                block=block,
                store=campaign.store,
                made_by=MadeBy.here(spec),
                limits=row_limits(campaign),
                plugins=campaign.plugins.files(),
            ),
        )
