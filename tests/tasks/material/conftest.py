"""Crystals, and other writings of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.tasks.material import CrystalBatch, crystals_from_structures

# Lattice, atomic numbers, positions, occupancies.
Cell = tuple[NDArray[np.float64], NDArray[np.int16], NDArray[np.float64], NDArray[np.float64]]


@pytest.fixture(scope="session")
def prototypes() -> CrystalBatch:
    """pymatgen's 288 AFLOW prototypes, cells of 1 to 105 atoms (doi:10.1016/j.commatsci.2017.01.017)."""
    from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY

    return crystals_from_structures([entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY])


@pytest.fixture(scope="session")
def cells_of() -> Callable[[CrystalBatch], list[Cell]]:
    """A function: the crystals of a batch as cells."""

    def cells(batch: CrystalBatch) -> list[Cell]:
        parts = (batch.slice(i, i + 1) for i in range(len(batch)))
        return [(part.lattices[0], part.atomic_numbers, part.positions, part.occupancies) for part in parts]

    return cells


def rotation(chance: np.random.Generator) -> NDArray[np.float64]:
    """Return a proper rotation: a mirror would make another crystal of a chiral one."""
    turn, _ = np.linalg.qr(chance.normal(size=(3, 3)))
    return np.asarray(turn * np.sign(np.linalg.det(turn)))


def supercell(cell: Cell, times: NDArray[np.int64]) -> Cell:
    """Return the cell with the lattice vectors of an upper triangular matrix (3, 3)."""
    lattice, numbers, positions, occupancies = cell
    images = np.stack(np.meshgrid(*map(np.arange, np.diag(times)), indexing="ij"), axis=-1).reshape(-1, 1, 3)
    repeated = (positions + images).reshape(-1, 3) @ np.linalg.inv(times)
    copies = len(images)
    return times @ lattice, np.tile(numbers, copies), repeated, np.tile(occupancies, copies)


def rebased(cell: Cell, basis: NDArray[np.int64]) -> Cell:
    """Return the crystal in another basis of its lattice: whole numbers, determinant 1."""
    return basis @ cell[0], cell[1], cell[2] @ np.linalg.inv(basis), cell[3]


@pytest.fixture(scope="session")
def written_otherwise() -> Callable[[Cell, int], Cell]:
    """A function: the crystal in a supercell, re-based, turned, shifted, sites in other cells, in another order."""

    def otherwise(cell: Cell, seed: int) -> Cell:
        chance = np.random.default_rng(seed)
        times = np.triu(chance.integers(0, 3, (3, 3)), 1) + np.diag(chance.integers(1, 3, 3))
        basis = np.eye(3, dtype=np.int64)
        for _ in range(5):
            one, other = chance.choice(3, 2, replace=False)
            basis[one] += chance.integers(-2, 3) * basis[other]
        lattice, numbers, positions, occupancies = rebased(supercell(cell, times), basis)
        order = chance.permutation(len(numbers))
        moved = positions + chance.uniform(-1, 1, 3) + chance.integers(-2, 3, positions.shape)
        return lattice @ rotation(chance), numbers[order], moved[order], occupancies[order]

    return otherwise
