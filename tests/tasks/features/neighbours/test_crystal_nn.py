"""CrystalNN finds pymatgen's coordination numbers, and right ones where pymatgen's search fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.tasks.features.neighbours.crystal_nn import crystal_nn_neighbours
from matsluice.tasks.features.structure import crystal_nn_coordination
from matsluice.tasks.material import crystals_from_cells, crystals_from_structures

FACE_CENTRED = (1 - np.eye(3)) / 2


@pytest.mark.parametrize(
    ("cell", "counts"),
    [
        ((5.64 * FACE_CENTRED, [11, 17], [[0, 0, 0], [0.5] * 3]), [6, 6]),
        ((4.12 * np.eye(3), [55, 17], [[0, 0, 0], [0.5] * 3]), [8, 8]),
        ((5.43 * FACE_CENTRED, [14, 14], [[0, 0, 0], [0.25] * 3]), [4, 4]),
        ((3.61 * FACE_CENTRED, [29], [[0, 0, 0]]), [12]),
        ((3.35 * np.eye(3), [84], [[0, 0, 0]]), [6]),
    ],
    ids=["rock salt", "CsCl", "diamond", "fcc", "simple cubic"],
)
def test_coordination_numbers_of_the_textbook(cell: Any, counts: list[int]) -> None:
    batch = crystals_from_cells([cell]).batch
    neighbours = crystal_nn_neighbours(batch)
    assert neighbours.counts.tolist() == counts
    np.testing.assert_allclose(np.linalg.norm(neighbours.vectors(batch), axis=1), neighbours.distance)
    assert (neighbours.weight == 1).all()


def test_an_isolated_atom_has_no_bond() -> None:
    found = crystal_nn_coordination.values(crystals_from_cells([(30 * np.eye(3), [29], [[0, 0, 0]])]).batch)
    np.testing.assert_array_equal(found.values, [[0, 0, 0, 0, np.nan, np.nan]])
    assert found.undefined == {0: "no bonds by CrystalNN"}


def test_an_element_without_radius_is_undefined() -> None:
    cells = [(3.5 * FACE_CENTRED, [97], [[0, 0, 0]]), (3.5 * FACE_CENTRED, [29], [[0, 0, 0]])]
    found = crystal_nn_coordination.values(crystals_from_cells(cells).batch)
    assert found.undefined == {0: "no covalent_radius for Bk"}
    assert np.isnan(found.values[0]).all()


def test_an_empty_batch() -> None:
    batch = crystals_from_cells([]).batch
    assert crystal_nn_coordination.values(batch).values.shape == (0, 6)
    assert crystal_nn_coordination.both(batch).values.shape[0] == 0


@pytest.mark.filterwarnings("ignore")  # pymatgen's, of missing oxidation states
def test_equal_to_pymatgen(public_data: Callable[[str], Path]) -> None:
    from ase.io import read
    from pymatgen.analysis.local_env import CrystalNN
    from pymatgen.core.structure import Structure

    atoms = read(public_data("nomad2018/train.extxyz.gz"), ":60", format="extxyz")
    small = [one for one in atoms if len(one) <= 30][:3]
    crystals = [Structure(one.cell.array, one.numbers, one.get_scaled_positions() % 1) for one in small]
    rule: Any = CrystalNN  # its constructor has no types
    theirs = [len(rule().get_nn_info(crystal, i)) for crystal in crystals for i in range(len(crystal))]
    assert crystal_nn_neighbours(crystals_from_structures(crystals)).counts.tolist() == theirs
