"""A structure prototype is the same however a crystal is written and whatever it is made of."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.tasks.features.graph.cell import Cell, cell_of
from matsluice.tasks.features.structure.symmetry import in_primitive_cell
from matsluice.tasks.material import crystals_from_cells
from matsluice.tasks.split.crystal_groups import prototype, space_group

FACE = [[0.0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]


def cell(lattice: np.ndarray, species: list[int], positions: list[list[float]]) -> Cell:
    return cell_of(crystals_from_cells([(lattice, species, positions)]).batch, 0)


def rock_salt(a: int = 11, b: int = 17, shift: float = 0.0) -> Cell:
    sites = np.concatenate([np.array(FACE), np.array(FACE) + 0.5]) + shift
    return cell(5.6 * np.eye(3), [a] * 4 + [b] * 4, sites.tolist())


def perovskite(origin: float) -> Cell:
    sites = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]) + origin
    return cell(3.9 * np.eye(3), [56, 22, 8, 8, 8], sites.tolist())


PRIMITIVE_SALT = cell(2.8 * (1 - np.eye(3)), [12, 8], [[0, 0, 0], [0.5, 0.5, 0.5]])
CAESIUM_CHLORIDE = cell(4.1 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
ZINC_BLENDE = cell(2.7 * (1 - np.eye(3)), [30, 16], [[0, 0, 0], [0.25, 0.25, 0.25]])
DIAMOND = cell(1.8 * (1 - np.eye(3)), [6, 6], [[0, 0, 0], [0.25, 0.25, 0.25]])


def test_one_prototype_in_many_writings() -> None:
    writings = [rock_salt(), rock_salt(17, 11), rock_salt(shift=0.13), rock_salt(12, 8), PRIMITIVE_SALT]
    assert len({prototype(one) for one in writings}) == 1
    # The origin decides which of two Wyckoff letters a perovskite's cations have.
    assert prototype(perovskite(0.0)) == prototype(perovskite(0.5))


def test_other_prototypes_are_other() -> None:
    labels = [prototype(one) for one in (rock_salt(), CAESIUM_CHLORIDE, ZINC_BLENDE, DIAMOND, perovskite(0))]
    assert len(set(labels)) == 5


@pytest.mark.parametrize(
    ("crystal", "number"),
    [(rock_salt(), 225), (CAESIUM_CHLORIDE, 221), (ZINC_BLENDE, 216), (DIAMOND, 227), (perovskite(0), 221)],
)
def test_space_groups(crystal: Cell, number: int) -> None:
    assert space_group(crystal) == f"space group {number}"


def test_mirror_images_are_one() -> None:
    """Left and right quartz: P3121 and P3221."""
    a, c, x = 4.91, 5.40, 0.47
    lattice = np.array([[a, 0, 0], [-a / 2, a * np.sqrt(3) / 2, 0], [0, 0, c]])
    silicon = np.array([[x, 0, 1 / 3], [0, x, 2 / 3], [-x, -x, 0]])
    ox, oy, oz = 0.413, 0.267, 0.119
    oxygen = np.array(
        [
            [ox, oy, oz], [-oy, ox - oy, oz + 1 / 3], [oy - ox, -ox, oz + 2 / 3],
            [oy, ox, -oz], [ox - oy, -oy, 2 / 3 - oz], [-ox, oy - ox, 1 / 3 - oz],
        ]
    )  # fmt: skip
    right = np.concatenate([silicon, oxygen])
    one = cell(lattice, [14] * 3 + [8] * 6, right.tolist())
    other = cell(lattice, [14] * 3 + [8] * 6, (right * [1, 1, -1]).tolist())
    assert [in_primitive_cell(each, 0.01)[0].number for each in (one, other)] == [152, 154]
    assert space_group(one) == space_group(other) == "space group 152"
    assert prototype(one) == prototype(other)
