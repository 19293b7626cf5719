"""One block over some materials: what a worker does."""

from __future__ import annotations

import pickle
import platform
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.infra.feature_store import Refused, fill, look_up
from matsluice.tasks.features import BLOCKS, Column, FeatureValues, featurize, find_block
from matsluice.tasks.features.chunk import ChunkCall, block_table, chunk_bounds
from matsluice.tasks.features.each import compute_each
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.matrix import keys_in
from matsluice.tasks.ingest.snapshot import Snapshot
from matsluice.tasks.material import CompositionBatch, parse_formulas

ComputeBlock = Callable[..., int]
FreezeFormulas = Callable[..., Snapshot]
FORMULAS = ["NaCl", "Fe2O3", "OgO2", "Hg0.7Cd0.3Te", "GaAs"]


class Brittle:
    """A block that cannot do anything with chlorine, and says nothing of helium."""

    fingerprint = "00"

    def columns(self) -> tuple[Column, ...]:
        return (Column("brittle.elements", "dimensionless", "number of elements", "by hand"),)

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        if 17 in batch.atomic_numbers:
            raise ValueError("chlorine is too much")
        counts = np.diff(batch.offsets).astype(float)[:, None]
        has_helium = [2 in batch.take([row]).atomic_numbers for row in range(len(batch))]
        counts[has_helium] = np.nan
        return FeatureValues(counts, {int(row): "no number for He" for row in np.flatnonzero(has_helium)})


@pytest.mark.parametrize("block", [name for name, spec in BLOCKS.items() if spec.needs == "composition"])
def test_what_a_chunk_leaves_is_what_featurize_gives(
    freeze_formulas: FreezeFormulas, compute_block: ComputeBlock, store: Path, block: str
) -> None:
    snapshot = freeze_formulas(FORMULAS, ["1"] * 5)
    assert compute_block(snapshot, block, range(5)) == 2
    table = block_table(store, block)
    expected = featurize(FORMULAS, block)
    out = np.empty(expected.shape)
    filled = fill(table, keys_in(snapshot.materials_file), out)
    assert out.tobytes() == expected.to_numpy().tobytes()
    assert list(table.columns) == expected.columns.tolist()
    assert sorted(filled.undefined) == np.flatnonzero(expected.isna().any(axis=1)).tolist()
    assert filled.refused == {}
    assert (filled.seconds > 0).all()
    assert filled.hosts == (platform.node(),)


def test_only_the_places_asked_for_are_computed(
    freeze_formulas: FreezeFormulas, compute_block: ComputeBlock, store: Path
) -> None:
    snapshot = freeze_formulas(FORMULAS, ["1"] * 5)
    compute_block(snapshot, "composition.fractions", [1, 4])
    found = look_up(block_table(store, "composition.fractions"), keys_in(snapshot.materials_file))
    assert found.found.tolist() == [False, True, False, False, True]


def test_a_call_carries_names_and_numbers_only(store: Path) -> None:
    made_by = MadeBy.here(find_block("composition.magpie"))
    call = ChunkCall("materials.parquet", "wanted.npy", 0, 4096, "composition.magpie", str(store), made_by)
    assert len(pickle.dumps(call)) < 1000
    assert pickle.loads(pickle.dumps(call)) == call


def test_other_tables_of_numbers_are_other_parameters(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = block_table(store, "composition.magpie")
    monkeypatch.setattr(type(find_block("composition.magpie").make()), "fingerprint", "another")
    assert block_table(store, "composition.magpie").parameters != before.parameters


def test_the_material_that_breaks_a_block_is_refused_alone() -> None:
    formulas = ["GaAs", "NaCl", "He", "Si", "KCl", "CuInSe2", "LiF"]
    computed = compute_each(Brittle(), parse_formulas(formulas).batch)
    np.testing.assert_array_equal(computed.values[:, 0], [2, np.nan, np.nan, 1, np.nan, 3, 2])
    assert computed.undefined == {2: "no number for He"}
    assert computed.refused == dict.fromkeys([1, 4], Refused("raised", "ValueError: chlorine is too much"))


def test_a_block_that_can_do_nothing_refuses_each() -> None:
    computed = compute_each(Brittle(), parse_formulas(["NaCl", "KCl", "AgCl"]).batch)
    assert np.isnan(computed.values).all()
    assert (computed.undefined, sorted(computed.refused)) == ({}, [0, 1, 2])


@given(materials=st.integers(0, 3 * 4096), workers=st.integers(1, 64))
def test_chunks_cover_all_once_and_are_not_too_large(materials: int, workers: int) -> None:
    bounds = chunk_bounds(materials, workers)
    assert [row for start, stop in bounds for row in (start, stop)] == sorted(
        [row for start, stop in bounds for row in (start, stop)]
    )
    assert sum(stop - start for start, stop in bounds) == materials
    assert all(0 < stop - start <= 4096 for start, stop in bounds)
    assert len(bounds) <= max(workers, -(-materials // 4096))
