"""A snapshot and a store, and the blocks computed into it without a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.feature_store import commit_parts
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.features.chunk import ChunkCall, block_table, chunk_bounds, featurize_chunk
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.snapshot import Snapshot, freeze
from matsluice.tasks.ingest.source_batch import SourceBatch

ComputeBlock = Callable[..., int]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of a feature store that does not exist yet."""
    return tmp_path / "features"


@pytest.fixture
def freeze_formulas(tmp_path: Path) -> Callable[..., Snapshot]:
    """A function: a snapshot of formulas, each with gaps (and bulk moduli, where given)."""

    def frozen(formulas: Sequence[str], gaps: Sequence[str], **more: Sequence[str]) -> Snapshot:
        ids = [f"id{i}" for i in range(len(formulas))]
        places = [f"t.csv:{i + 2}" for i in range(len(formulas))]
        labels = {"gap": list(gaps), **{name: list(texts) for name, texts in more.items()}}
        rows = examine(SourceBatch(ids, places, list(formulas), labels), list(labels))
        return freeze([rows], list(labels), tmp_path / "snapshots", {})

    return frozen


@pytest.fixture
def compute_block(store: Path, tmp_path: Path) -> ComputeBlock:
    """A function: compute some of a snapshot's materials, chunk by chunk, and enter them."""

    def compute(snapshot: Snapshot, block: str, places: Sequence[int], workers: int = 2) -> int:
        file = tmp_path / f"wanted-{block}.npy"
        np.save(file, np.array([(place, 1) for place in places], dtype=np.int64).reshape(-1, 2))
        made_by = MadeBy.here(find_block(block))
        for start, stop in chunk_bounds(len(places), workers):
            featurize_chunk(
                ChunkCall(str(snapshot.materials_file), str(file), start, stop, block, str(store), made_by)
            )
        return commit_parts(block_table(store, block))

    return compute
