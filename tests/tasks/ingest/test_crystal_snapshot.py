"""Crystals that a source writes in several ways: one material each, the same bits in any order of rows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from matsluice.infra.feature_store import commit_parts, missing
from matsluice.tasks.features import find_block
from matsluice.tasks.features.chunk import featurize_chunk
from matsluice.tasks.features.chunk_call import ChunkCall
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.matrix import keys_in
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.snapshot import Snapshot, freeze
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.ingest.survey import survey
from matsluice.tasks.material import crystals_from_cells
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import materials_of, materials_table
from matsluice.tasks.train.training_rows import labelled_rows

Cell = tuple[NDArray[np.float64], list[int], NDArray[np.float64]]
Row = tuple[str, Cell, float]
CELL_BLOCK = "matminer.EwaldEnergy"


def writings(edge: float) -> list[Cell]:
    """A perovskite's cell, from another origin, twice as high, and with its sites in another order."""
    numbers = [38, 22, 8, 8, 8]
    positions = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.51]])
    lattice = edge * np.eye(3)
    tall = np.concatenate([positions, positions + np.array([0, 0, 1])]) / [1, 1, 2]
    return [
        (lattice, numbers, positions),
        (lattice, numbers, positions + np.array([0.25, 0.1, 0.7])),
        (lattice * [[1], [1], [2]], numbers * 2, tall),
        (lattice, numbers[::-1], positions[::-1]),
    ]


ROWS: list[Row] = [
    (f"{crystal}-{way}", cell, crystal + way / 10)
    for crystal in range(9)
    for way, cell in enumerate(writings(3.9 + crystal / 100))
]


def batches(rows: Sequence[Row], size: int) -> Iterator[ExaminedRows]:
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        crystals = crystals_from_cells([cell for _, cell, _ in some])
        assert crystals.refused == []
        names = [name for name, _, _ in some]
        labels = {"gap": [str(value) for _, _, value in some]}
        yield examine(SourceBatch(names, names, [""] * len(some), labels, crystals=crystals), ["gap"])


def frozen(folder: Path, rows: Sequence[Row], size: int) -> Snapshot:
    return freeze(batches(rows, size), ["gap"], folder, {})


def shuffled(seed: int) -> list[Row]:
    rows = ROWS.copy()
    random.Random(seed).shuffle(rows)
    return rows


def by_key(snapshot: Snapshot) -> pa.Table:
    return pq.read_table(snapshot.materials_file).sort_by("key")


@pytest.mark.parametrize(("seed", "size"), [(1, 1), (2, 3), (3, 7), (4, 100)])
def test_the_order_of_rows_does_not_change_a_bit(tmp_path: Path, seed: int, size: int) -> None:
    straight = frozen(tmp_path / "a", ROWS, 5)
    other = frozen(tmp_path / "b", shuffled(seed), size)
    assert straight.unique_materials == other.unique_materials == 9
    assert by_key(other).equals(by_key(straight))
    assert [path.name for path in sorted(other.path.iterdir())] == [
        "materials.parquet",
        "origin.json",
        "rows.parquet",
    ]


def test_rows_stand_with_the_crystal_they_are(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path, shuffled(1), 4)
    rows = pd.read_parquet(snapshot.rows_file)
    crystal = rows["id"].str.split("-").str[0]
    assert rows.groupby(crystal)["material"].nunique().tolist() == [1] * 9
    assert sorted(rows["material"].unique()) == list(range(9))
    # In order of first appearance.
    assert rows["material"].drop_duplicates().tolist() == list(range(9))
    materials = materials_of(pq.read_table(snapshot.materials_file))
    assert materials is not None
    again = materials_table(materials)
    assert again.column("key").to_pylist() == keys_in(snapshot.materials_file).astype(str).tolist()


def test_labels_of_one_crystal_are_merged(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path, shuffled(1), 4)
    rows = labelled_rows(snapshot, "gap", "median", np.zeros(9, dtype=bool))
    assert sorted(rows.y.tolist()) == pytest.approx([crystal + 0.15 for crystal in range(9)])


def test_a_plan_counts_what_a_run_computes(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path, shuffled(1), 4)
    counts = survey(batches(shuffled(2), 5))
    assert counts.materials == 9
    for column in ("structure_key", "cell_key", "composition_key"):
        assert counts.keys_of(column).tolist() == np.unique(keys_in(snapshot.materials_file, column)).tolist()
    assert counts.keys_of("electronic_key").tolist() == []


def test_what_depends_on_the_cell_is_kept_for_the_cell() -> None:
    assert find_block("structure.geometry").key_column == "structure_key"
    assert find_block("graph.topology(bonding=voronoi)").key_column == "structure_key"
    assert find_block("matminer.ElementProperty").key_column == "composition_key"
    assert find_block(CELL_BLOCK).key_column == "cell_key"
    assert find_block("electronic.bands").key_column == "electronic_key"
    cells = crystals_from_cells(writings(3.9)).batch
    table = materials_table(Materials(cells.compositions(), cells))
    for column, different in {"key": 1, "structure_key": 1, "composition_key": 1, "cell_key": 3}.items():
        assert len(set(table.column(column).to_pylist())) == different


def test_the_store_is_asked_by_the_blocks_key(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path / "snapshots", ROWS[:4], 4)
    np.save(tmp_path / "wanted.npy", np.array([[0, 1]]))
    for block in ("structure.geometry", CELL_BLOCK):
        wanted, store = str(tmp_path / "wanted.npy"), str(tmp_path / "store")
        made_by = MadeBy.here(find_block(block))
        call = ChunkCall(str(snapshot.materials_file), wanted, 0, 1, block, store, made_by)
        assert featurize_chunk(call).rows == 1
        table = block_table(tmp_path / "store", block)
        commit_parts(table)
        column = find_block(block).key_column
        assert missing(table, keys_in(snapshot.materials_file, column)).tolist() == []
        other = "cell_key" if column == "structure_key" else "structure_key"
        assert missing(table, keys_in(snapshot.materials_file, other)).tolist() == [0]


def test_candidates_in_another_cell_are_known(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path, ROWS[::4], 4)
    candidates = crystals_from_cells([cell for _, cell, _ in ROWS[2::4]]).batch
    table = materials_table(Materials(candidates.compositions(), candidates))
    assert set(table.column("key").to_pylist()) == set(keys_in(snapshot.materials_file).astype(str).tolist())
