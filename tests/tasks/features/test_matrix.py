"""All blocks of all materials side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matsluice.infra.feature_store import PartRows, Refused, commit_parts, write_part
from matsluice.tasks.features import featurize
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.matrix import assemble_matrix, keys_in, refused_materials
from matsluice.tasks.ingest.snapshot import Snapshot

ComputeBlock = Callable[..., int]
FreezeFormulas = Callable[..., Snapshot]
BLOCKS = ["composition.stoichiometry", "composition.elemental"]
FORMULAS = ["NaCl", "OgO2", "Fe2O3", "GaAs"]


@pytest.fixture
def snapshot(freeze_formulas: FreezeFormulas) -> Snapshot:
    return freeze_formulas(FORMULAS, ["1", "2", "3", "4"])


def test_columns_stand_in_the_campaigns_order_of_blocks(
    snapshot: Snapshot, compute_block: ComputeBlock, store: Path, tmp_path: Path
) -> None:
    for block in BLOCKS:
        compute_block(snapshot, block, range(4))
    matrix = assemble_matrix(snapshot.materials_file, BLOCKS, store, tmp_path / "work")
    expected = featurize(FORMULAS, BLOCKS)
    assert list(matrix.columns) == expected.columns.tolist()
    assert np.load(matrix.values_file).tobytes() == expected.to_numpy().tobytes()
    assert np.load(matrix.values_file, mmap_mode="r").dtype == np.float64
    undefined = pd.read_parquet(matrix.undefined_file)
    assert undefined[["material", "block"]].to_numpy().tolist() == [[1, "composition.elemental"]]
    assert "for Og" in undefined["detail"][0]
    assert len(pd.read_parquet(matrix.refused_file)) == 0


def test_it_does_not_depend_on_how_the_work_was_divided(
    snapshot: Snapshot, compute_block: ComputeBlock, store: Path, tmp_path: Path
) -> None:
    compute_block(snapshot, BLOCKS[1], [3, 1], workers=1)
    compute_block(snapshot, BLOCKS[1], [2, 0], workers=2)
    matrix = assemble_matrix(snapshot.materials_file, BLOCKS[1:], store, tmp_path / "work")
    assert np.load(matrix.values_file).tobytes() == featurize(FORMULAS, BLOCKS[1:]).to_numpy().tobytes()


def test_refused_materials_are_all_nan_and_listed(
    snapshot: Snapshot, compute_block: ComputeBlock, store: Path, tmp_path: Path
) -> None:
    compute_block(snapshot, BLOCKS[0], range(4))
    table = block_table(store, BLOCKS[1])
    keys = keys_in(snapshot.materials_file)
    refused = {2: Refused("raised", "ValueError: no")}
    cost = (np.zeros(4, np.float32), "here", np.ones(4, np.int16))
    write_part(table, PartRows(keys, np.ones((4, len(table.columns))), {}, refused, *cost))
    commit_parts(table)
    matrix = assemble_matrix(snapshot.materials_file, BLOCKS, store, tmp_path / "work")
    assert refused_materials(matrix.refused_file, 4).tolist() == [False, False, True, False]
    assert pd.read_parquet(matrix.refused_file).to_numpy().tolist() == [
        [2, BLOCKS[1], "raised", "ValueError: no"]
    ]
    values = np.load(matrix.values_file)
    first_of_second = 6  # stoichiometry has six columns
    assert np.isnan(values[2, first_of_second:]).all()
    assert np.isfinite(values[[0, 1, 3]]).all()


def test_a_store_that_lacks_a_material_leaves_no_matrix(
    snapshot: Snapshot, compute_block: ComputeBlock, store: Path, tmp_path: Path
) -> None:
    compute_block(snapshot, BLOCKS[0], [0, 1, 2])
    with pytest.raises(LookupError, match=BLOCKS[0]):
        assemble_matrix(snapshot.materials_file, BLOCKS[:1], store, tmp_path / "work")
    assert not list((tmp_path / "work").iterdir())
