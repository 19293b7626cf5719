"""Crystals as columns: what is brought into one form, what is refused, what stays the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.material import (
    CellRefused,
    CrystalBatch,
    concatenate_crystals,
    crystals_from_cells,
    crystals_from_structures,
    material_keys,
    parse_formulas,
    reduced_formulas,
)
from matsluice.tasks.material.crystal_identity import crystal_keys
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import materials_of, materials_table
from matsluice.tasks.material.materials_file import read_materials

SALT = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
IRON = (2.87 * np.eye(3), [26, 26], [[0, 0, 0], [0.5, 0.5, 0.5]])
STEEL = (2.87 * np.eye(3), [26, 28, 26], [[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5]], [0.7, 0.3, 1.0])


def test_sites_are_wrapped_and_cells_right_handed() -> None:
    left = (np.diag([3.0, 4.0, -5.0]), [11, 17], [[-0.25, 1.75, 2.0], [-1e-18, 0.5, 0.1]])
    (batch,) = [crystals_from_cells([left]).batch]
    assert batch.volumes == pytest.approx([60.0])
    assert ((batch.positions >= 0) & (batch.positions < 1)).all()
    # The same points in space, up to whole lattice vectors.
    there = np.array(left[2]) @ left[0]
    moves = (batch.positions @ batch.lattices[0] - there) @ np.linalg.inv(left[0])
    assert moves == pytest.approx(np.round(moves), abs=1e-12)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ((np.eye(3), [], np.zeros((0, 3))), "no sites"),
        ((np.diag([4.0, 4.0, 0.0]), [6], [[0, 0, 0]]), "no volume"),
        ((np.diag([4.0, 4.0, np.nan]), [6], [[0, 0, 0]]), "not finite"),
        ((4 * np.eye(3), [6], [[0, np.inf, 0]]), "not finite"),
        ((np.diag([4.0, 4.0, 1e308]), [6], [[0, 0, 0]]), "cell too large"),
        ((4 * np.eye(3), [119], [[0, 0, 0]]), "unknown element"),
        ((4 * np.eye(3), [0], [[0, 0, 0]]), "unknown element"),
        ((4 * np.eye(3), [6, 6], [[0, 0, 0]]), "wrong number of sites"),
        ((4 * np.eye(3), [6], [[0, 0, 0]], [1.2]), "occupancy out of range"),
        ((4 * np.eye(3), [6], [[0, 0, 0]], [0.0]), "occupancy out of range"),
        ((4 * np.eye(3), [6, 8], [[0, 0, 0], [0.99, 0, 0]]), "overlapping sites"),
        ((np.diag([0.4, 9.0, 9.0]), [6], [[0, 0, 0]]), "overlapping sites"),
        (CellRefused("cannot be read", "it is torn"), "cannot be read"),
    ],
)
def test_what_is_no_crystal_is_refused_and_spoils_no_other(cell: object, reason: str) -> None:
    parsed = crystals_from_cells([SALT, cell, IRON])  # type: ignore[list-item]
    assert parsed.rows.tolist() == [0, 2]
    assert reduced_formulas(parsed.batch.compositions()) == ["CsCl", "Fe"]
    (refusal,) = parsed.refused
    assert (refusal.row, refusal.reason) == (1, reason)
    assert refusal.detail


def test_overlapping_sites_are_named() -> None:
    parsed = crystals_from_cells([(4 * np.eye(3), [6, 8, 8], [[0.5, 0.5, 0.5], [0, 0, 0.01], [0, 0, 0.99]])])
    assert parsed.refused[0].detail == "sites 2 (O) and 3 (O) are 0.080 Å apart, nearer than 0.5 Å"


def test_atoms_that_are_here_or_there_do_not_overlap() -> None:
    here_or_there = (4 * np.eye(3), [6, 3, 3], [[0.5, 0.5, 0.5], [0, 0, 0.01], [0, 0, 0.99]], [1.0, 0.5, 0.5])
    assert crystals_from_cells([here_or_there, STEEL]).refused == []


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), sites=st.integers(1, 6))
def test_the_nearest_pair_is_found_in_any_cell(seed: int, sites: int) -> None:
    """Against a search over many images, in skewed cells."""
    chance = np.random.default_rng(seed)
    lattice = np.diag(chance.uniform(1.0, 3.0, 3)) + np.triu(chance.uniform(-2, 2, (3, 3)), 1)
    positions = chance.uniform(-1, 2, (sites, 3))
    images = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3, indexing="ij"), -1).reshape(-1, 3)
    vectors = (positions[None, :, None] - positions[:, None, None] + images) @ lattice
    distances = np.linalg.norm(vectors, axis=-1)
    nearest = distances[distances > 1e-9].min() if sites else np.inf
    if abs(nearest - 0.5) < 1e-6 or abs(np.linalg.det(lattice)) < 0.5 * sites:
        return
    refused = crystals_from_cells([(lattice, [6] * sites, positions)]).refused
    assert [r.reason for r in refused] == (["overlapping sites"] if nearest < 0.5 else [])


def test_compositions_count_shares() -> None:
    batch = crystals_from_cells([SALT, STEEL, IRON]).batch
    assert batch.is_ordered.tolist() == [True, False, True]
    expected = parse_formulas(["CsCl", "Fe1.7Ni0.3", "Fe2"]).batch
    assert material_keys(batch.compositions()) == material_keys(expected)


def test_batches_are_cut_and_joined() -> None:
    batch = crystals_from_cells([SALT, STEEL, IRON]).batch
    again = concatenate_crystals([batch.slice(0, 1), batch.slice(1, 3)])
    for name in ("lattices", "offsets", "atomic_numbers", "positions", "occupancies"):
        assert (getattr(again, name) == getattr(batch, name)).all()
    turned = batch.take([2, 0])
    assert reduced_formulas(turned.compositions()) == ["Fe", "CsCl"]
    assert len(batch.slice(2, 1)) == len(concatenate_crystals([])) == 0


def test_columns_that_are_no_batch() -> None:
    batch = crystals_from_cells([SALT]).batch
    with pytest.raises(ValueError, match=r"in \[0, 1\)"):
        CrystalBatch(
            batch.lattices, batch.offsets, batch.atomic_numbers, batch.positions + 1, batch.occupancies
        )
    with pytest.raises(ValueError, match="right-handed"):
        CrystalBatch(-batch.lattices, batch.offsets, batch.atomic_numbers, batch.positions, batch.occupancies)


def test_a_structure_that_is_none_is_named() -> None:
    good = Structure(Lattice.cubic(4.2), ["Cs+", "Cl-"], [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])
    heavy = Structure(Lattice.cubic(4.2), ["D"], [[0, 0, 0]])
    assert len(crystals_from_structures([good])) == 1
    with pytest.raises(InvalidInput, match='material 1: "D" is not an element'):
        crystals_from_structures([good, heavy])


def test_a_crystal_has_one_key_in_any_order_and_place_in_space() -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    written = [
        SALT,
        (4.2 * turn, [17, 55], [[0.5, -0.5, 1.5], [1, 0, 3]]),
        (4.2 * np.eye(3), [55, 17], [[1e-9, 0, -1e-9], [0.5, 0.5, 0.5]]),
    ]
    assert len(set(crystal_keys(crystals_from_cells(written).batch))) == 1


def test_crystals_that_differ_have_different_keys() -> None:
    near = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5 + 1e-3 / 4.2]])
    longer = (4.2001 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    other = (4.2 * np.eye(3), [55, 35], [[0, 0, 0], [0.5, 0.5, 0.5]])
    skewed = (np.array([[4.2, 0, 0], [0.001, 4.2, 0], [0, 0, 4.2]]), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    batch = crystals_from_cells([SALT, near, longer, other, skewed, STEEL, IRON]).batch
    assert len(set(crystal_keys(batch))) == len(batch)


def test_materials_on_disk_are_the_same_materials(tmp_path: Path) -> None:
    crystals = crystals_from_cells([SALT, STEEL, IRON]).batch
    table = materials_table(Materials(crystals.compositions(), crystals))
    pq.write_table(table, tmp_path / "m.parquet", row_group_size=1)
    again = materials_of(read_materials(tmp_path / "m.parquet", np.array([0, 2]), table.column_names))
    assert again is not None
    assert again.crystals is not None
    assert (again.crystals.positions == crystals.take([0, 2]).positions).all()
    assert sorted(again.known) == ["composition", "structure"]
    assert materials_of(table.slice(0, 0)) is None
    assert table.column("key") == table.column("structure_key")
