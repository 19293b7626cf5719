"""Band structures whose masses are known by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.tasks.electronic import Bands, CrystalCell, ElectronicRecord

Energy = Callable[[NDArray[np.float64]], NDArray[np.float64]]
CUBE = np.eye(3) * 2 * np.pi / 4.0  # reciprocal lattice of a cube of 4 Å, Å⁻¹


def path_record(
    bands: Sequence[Energy],
    *,
    corners: Sequence[Sequence[float]] = ((0, 0, 0), (0.5, 0, 0)),
    steps: int = 40,
    fermi: float = 0.5,
    reciprocal: NDArray[np.float64] = CUBE,
) -> ElectronicRecord:
    """Return bands, functions of k in space (n, 3), along straight pieces between fractional corners."""
    pieces = [
        np.array(a) + np.linspace(0, 1, steps + 1)[:, None] * (np.array(b) - np.array(a))
        for a, b in pairwise(corners)
    ]
    kpoints = np.concatenate(pieces)
    energies = np.sort(np.array([band(kpoints @ reciprocal) for band in bands]), axis=0)
    lines = tuple((i * (steps + 1), (i + 1) * (steps + 1)) for i in range(len(pieces)))
    return ElectronicRecord(bands=Bands(kpoints, reciprocal, energies[None], fermi, lines), fermi=fermi)


def mesh_record(
    bands: Sequence[Energy],
    *,
    size: int = 12,
    fermi: float = 0.5,
    reciprocal: NDArray[np.float64] = CUBE,
    cell: CrystalCell | None = None,
    wedge: Callable[[NDArray[np.float64]], NDArray[np.bool_]] | None = None,
) -> ElectronicRecord:
    """Return bands on a mesh around Γ, or on the part of it that `wedge` keeps, with their least distances from Γ."""
    axis = np.arange(size) / size
    kpoints = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    kpoints -= np.round(kpoints)
    if wedge is not None:
        kpoints = kpoints[wedge(kpoints)]
    energies = np.sort(np.array([band(kpoints @ reciprocal) for band in bands]), axis=0)
    return ElectronicRecord(bands=Bands(kpoints, reciprocal, energies[None], fermi), cell=cell, fermi=fermi)


@pytest.fixture(name="path_record")
def path_record_fixture() -> Callable[..., ElectronicRecord]:
    return path_record


@pytest.fixture(name="mesh_record")
def mesh_record_fixture() -> Callable[..., ElectronicRecord]:
    return mesh_record
