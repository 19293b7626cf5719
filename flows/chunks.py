"""Which chunks of a block a run computes, kept in its folder, so that a later attempt knows them too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from distributed import Client

from matsluice.flows.contests import row_limits
from matsluice.infra.fan_out import calls_at_once
from matsluice.infra.feature_store import look_up
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.features.chunk import chunk_bounds, rows_of_a_chunk
from matsluice.tasks.features.chunk_call import ChunkCall
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.wanted import first_wanted, still_wanted
from matsluice.tasks.ingest.snapshot import Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.flows.campaign_file import Campaign


class FeatureWork(Protocol):
    """Whoever has features computed: a run, or a look at the labelled data in hindsight."""

    @property
    def campaign(self) -> Campaign:
        """What is asked for."""
        ...

    @property
    def work(self) -> Path:
        """A folder for what it notes; a later attempt finds it there."""
        ...

    @property
    def retry(self) -> Sequence[str]:
        """Reasons for which blocks refused rows that are tried again."""
        ...


def lacking_now(work: FeatureWork, block: str, keys: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Return which materials the store lacks now, and which attempt at each it would be, (m, 2).

    Which refused ones are tried again is noted when the run first looks, so that no attempt of it tries twice.
    """
    found = look_up(block_table(work.campaign.store, block), keys, work.work)
    kept = work.work / f"wanted-{find_block(block).name}.npy"
    if not kept.exists():
        save_array(kept, first_wanted(keys, found, work.retry, work.work))
        note_computed(work, block, np.empty(0, np.int64))
    return still_wanted(mapped_array(kept), keys, found, work.work)


def among(wanted: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the lines of `wanted` (m, 2) whose materials stand in `others` (k, 2) too."""
    return wanted[np.isin(wanted[:, 0], others[:, 0])]


def note_computed(work: FeatureWork, block: str, places: NDArray[np.int64]) -> None:
    """Add to the list of materials of which this run, in all its attempts, computes a block."""
    file = computed_file(work, block)
    before = mapped_array(file) if file.exists() else places
    # As a rule there were none: all others are sorted together in memory.
    save_array(file, np.union1d(before, places) if before is not places and len(before) else places)


def computed_file(work: FeatureWork, block: str) -> Path:
    """Return where it is noted of which materials this run computes a block."""
    return work.work / f"computed-{find_block(block).name}.npy"


def chunk_calls(
    work: FeatureWork, snapshot: Snapshot, block: str, lacking: NDArray[np.int64]
) -> Iterator[tuple[ChunkCall]]:
    """Give the calls that compute what is lacking."""
    campaign, spec = work.campaign, find_block(block)
    now = work.work / f"wanted-{spec.name}-now.npy"
    save_array(now, lacking)
    rows_at_most = campaign.features.chunk_rows or rows_of_a_chunk(spec)
    made_by, limits, plugins = MadeBy.here(spec), row_limits(campaign), campaign.plugins.files()
    for start, stop in chunk_bounds(len(lacking), calls_at_once(Client.current()), rows_at_most):
        yield (
            ChunkCall(
                materials=str(snapshot.materials_file),
                wanted=str(now),
                start=start,
                stop=stop,
                block=block,
                store=campaign.store,
                made_by=made_by,
                limits=limits,
                plugins=plugins,
            ),
        )
