"""Keys of crystals that are disordered, nearly symmetric, read from text, or in doubt."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.tasks.material import CrystalBatch, crystals_from_cells
from matsluice.tasks.material.canonical_crystal.form import canonical_forms
from matsluice.tasks.material.crystal_identity import cell_keys, crystal_keys
from matsluice.tasks.material.readers.cif import read_cifs
from matsluice.tasks.material.readers.extxyz import read_extxyz
from matsluice.tasks.material.readers.poscar import read_poscars

Cell = tuple[NDArray[np.float64], NDArray[np.int16], NDArray[np.float64], NDArray[np.float64]]
CellsOf = Callable[[CrystalBatch], list[Cell]]
WrittenOtherwise = Callable[[Cell, int], Cell]

LATTICES: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "triclinic": lambda chance: 4 * chance.normal(size=(3, 3)),
    "nearly cubic": lambda chance: (
        4 * np.eye(3) + 10.0 ** chance.integers(-9, -1) * chance.normal(size=(3, 3))
    ),
    "tetragonal": lambda chance: np.diag([3, 3, 3 * chance.uniform(1, 20)]),
    "needle": lambda _: np.array([[2.5, 0, 0], [0, 2.5, 0], [1.2, 0.7, 60.0]]),
    "face-centred": lambda chance: chance.uniform(2, 4) * (1 - np.eye(3)),
    "hexagonal": lambda chance: (
        chance.uniform(3, 6) * np.array([[1, 0, 0], [-0.5, 0.75**0.5, 0], [0, 0, 1.633]])
    ),
}


def cell_from(lattice: NDArray[np.float64], numbers: object, positions: object, occupancies: object) -> Cell:
    return (
        lattice,
        np.array(numbers, dtype=np.int16),
        np.array(positions, dtype=np.float64).reshape(-1, 3),
        np.array(occupancies, dtype=np.float64),
    )


def keys_of(cells: Sequence[Cell]) -> list[str]:
    parsed = crystals_from_cells(cells)
    assert parsed.refused == []
    assert np.diff(canonical_forms(parsed.batch).offsets).min() > 0
    return crystal_keys(parsed.batch)


@pytest.mark.parametrize("kind", LATTICES)
@settings(max_examples=40)
@given(seed=st.integers(0, 10**9), sites=st.integers(1, 6), special=st.booleans(), disordered=st.booleans())
def test_random_crystals(
    kind: str, seed: int, sites: int, special: bool, disordered: bool, written_otherwise: WrittenOtherwise
) -> None:
    chance = np.random.default_rng(seed)
    positions = chance.integers(0, 4, (sites, 3)) / 4 if special else chance.uniform(size=(sites, 3))
    occupancies = chance.choice([1.0, 0.5, 1 / 3], sites) if disordered else np.ones(sites)
    cell = cell_from(LATTICES[kind](chance), chance.choice([6, 8], sites), positions, occupancies)
    parsed = crystals_from_cells([cell])
    assume(not parsed.refused and canonical_forms(parsed.batch).offsets[-1] != 0)
    assert len(set(keys_of([cell, *(written_otherwise(cell, seed + i) for i in range(3))]))) == 1
    if sites > 1:
        moved = positions.copy()
        step = chance.normal(size=3)
        moved[0] += 1e-3 * step / np.linalg.norm(step) @ np.linalg.inv(cell[0])
        assert len(set(keys_of([cell, (*cell[:2], moved, cell[3])]))) == 2


def test_disordered_crystals_in_other_cells(written_otherwise: WrittenOtherwise) -> None:
    steel = cell_from(2.87 * np.eye(3), [26, 24, 26], [[0, 0, 0], [0, 0, 0], [0.5] * 3], [0.7, 0.3, 1.0])
    alloy = cell_from(2.87 * np.eye(3), [26, 24] * 2, [[0] * 3] * 2 + [[0.5] * 3] * 2, [0.7, 0.3] * 2)
    primitive = cell_from(1.435 * (1 - 2 * np.eye(3)) * -1, [24, 26], [[0.1] * 3] * 2, [0.3, 0.7])
    split = cell_from(2.87 * np.eye(3), [26, 24, 26], [[0, 0, 0], [0, 0, 0.05], [0.5] * 3], [0.7, 0.3, 1.0])
    for cell in (steel, alloy, split):
        assert len(set(keys_of([cell, *(written_otherwise(cell, seed) for seed in range(8))]))) == 1
    assert keys_of([alloy]) == keys_of([primitive])
    richer = (*alloy[:3], np.array([0.7001, 0.2999] * 2))
    exchanged = (*alloy[:3], np.array([0.3, 0.7] * 2))
    ordered = (*alloy[:3], np.array([0.7, 0.3, 0.3, 0.7]))
    assert len(set(keys_of([steel, alloy, split, richer, exchanged, ordered]))) == 6


def test_keys_are_stable_for_ever() -> None:
    """Written down when the key was defined. Stores hold these: where this test fails, the code is wrong."""
    cells = [
        cell_from(3 * np.eye(3), [26, 26], [[0] * 3, [0.5] * 3], [1, 1]),
        cell_from(4.2 * np.eye(3), [55, 17], [[0] * 3, [0.5] * 3], [1, 1]),
        cell_from(4 * np.eye(3), [26, 28, 8], [[0] * 3, [0] * 3, [0.5] * 3], [0.7, 0.3, 1]),
    ]
    assert keys_of(cells) == [
        "520190f35031f0901a4133e30f410acd",
        "c128c963bef2ef17981714aaa540f8b4",
        "b244872ff76999cba5fb41156df86008",
    ]


def test_entries_of_one_element_at_one_place_are_one() -> None:
    whole = cell_from(4 * np.eye(3), [26, 8], [[0, 0, 0], [0.5] * 3], [0.5, 1])
    parts = cell_from(4 * np.eye(3), [26, 8, 26], [[0, 0, 0], [0.5] * 3, [1, 1, 1e-9]], [0.2, 1, 0.3])
    assert keys_of([whole]) == keys_of([parts])


def test_a_crystal_in_doubt_keeps_the_key_of_its_cell() -> None:
    """Half an atom here and half an atom 2e-4 Å further: one site or two?"""
    doubtful = cell_from(4 * np.eye(3), [26, 26, 8], [[0, 0, 0], [0, 0, 5e-5], [0.5] * 3], [0.5, 0.5, 1])
    sound = cell_from(4 * np.eye(3), [26, 8], [[0, 0, 0], [0.5] * 3], [1, 1])
    batch = crystals_from_cells([sound, doubtful, sound]).batch
    assert np.diff(canonical_forms(batch).offsets).tolist() == [2, 0, 2]
    keys, cells = crystal_keys(batch), cell_keys(batch)
    assert keys[1] == cells[1]
    assert keys[0] == keys[2] == keys_of([sound])[0] != cells[0]


def test_a_search_without_end_is_not_begun() -> None:
    batch = crystals_from_cells([cell_from(4 * np.eye(3), [26] * 2, [[0] * 3, [0.3] * 3], [1, 1])]).batch
    assert np.diff(canonical_forms(batch, most_work=95).offsets).tolist() == [0]
    assert np.diff(canonical_forms(batch, most_work=96).offsets).tolist() == [
        2
    ]  # 24 bases, 2 origins, 2 sites


def test_a_supercell_with_one_site_moved_is_no_supercell() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) / 4
    moved = grid.copy()
    moved[17, 1] += 1e-3 / 12
    cells = [cell_from(12 * np.eye(3), [29] * 64, where, np.ones(64)) for where in (grid, moved)]
    forms = canonical_forms(crystals_from_cells(cells).batch)
    assert np.diff(forms.offsets).tolist() == [1, 64]


# pymatgen writes a CIF's symmetry with spglib, which warns about its own errors to come.
@pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")
@pytest.mark.parametrize("fmt", ["cif", "poscar", "poscar with 8 decimals"])
def test_text_keeps_the_key(fmt: str, prototypes: CrystalBatch) -> None:
    from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
    from pymatgen.io.cif import CifWriter
    from pymatgen.io.vasp import Poscar

    structures = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
    if fmt == "cif":
        read = read_cifs([str(CifWriter(structure)) for structure in structures])
    else:
        digits = 8 if fmt.endswith("decimals") else 16
        texts = [Poscar(structure).get_str(significant_figures=digits) for structure in structures]
        read = read_poscars(texts)
    assert read.refused == []
    pairs = zip(crystal_keys(read.batch), crystal_keys(prototypes), strict=True)
    assert sum(one == other for one, other in pairs) >= 0.99 * len(structures)


def test_perovskites_are_as_many_as_are_written(public_data: Callable[[str], Path]) -> None:
    with gzip.open(public_data("perov5/perov5_val.csv.gz"), "rt", newline="") as table:
        batch = read_cifs([row["cif"] for row in csv.DictReader(table)]).batch
    assert len(set(crystal_keys(batch))) == len(set(cell_keys(batch))) == len(batch) == 3787


def test_oxides_of_one_key_are_one_crystal(
    public_data: Callable[[str], Path], cells_of: CellsOf, written_otherwise: WrittenOtherwise
) -> None:
    """The seven pairs the competition had twice, and crystals it has in two cells: pymatgen says so too."""
    from pymatgen.analysis.structure_matcher import StructureMatcher

    from matsluice.tasks.features.matminer_bridge.objects import structure_of

    with gzip.open(public_data("nomad2018/train.extxyz.gz"), "rt") as file:
        batch = read_extxyz(file.read())[0].batch
    keys, written = np.array(crystal_keys(batch)), np.array(cell_keys(batch))
    assert len(set(written.tolist())) == len(batch) - 7
    for several in (key for key, count in Counter(written.tolist()).items() if count > 1):
        assert len(set(keys[written == several].tolist())) == 1
    repeated = [key for key, count in Counter(keys.tolist()).items() if count > 1]
    assert len(repeated) > 15
    matcher = StructureMatcher(scale=False, ltol=1e-3, angle_tol=0.1, stol=1e-2)
    for key in repeated:
        first, other = (structure_of(batch, int(row)) for row in np.flatnonzero(keys == key)[:2])
        _, worst = matcher.get_rms_dist(first, other)
        assert worst < 1e-6
    few = np.arange(0, len(batch), 12)
    cells = cells_of(batch.take(few))
    others = crystals_from_cells([written_otherwise(cell, row) for row, cell in enumerate(cells)])
    assert crystal_keys(others.batch) == keys[few].tolist()
