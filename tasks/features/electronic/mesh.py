"""A uniform mesh of k-points, completed by the crystal's symmetry and time reversal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.electronic.record import Bands, CrystalCell

_DECIMALS: Final = 5  # of a reciprocal lattice vector: coordinates this close are one
_SYMMETRY_TOLERANCE: Final = 1e-2  # Å; relaxed structures are symmetric to about this
_SAME_LATTICE: Final = 1e-3  # of 2π: how well a reciprocal lattice fits its structure
# eV: k-points that symmetry makes one agree to this, or the symmetry is not the calculation's (a magnetic order).
_SAME_BANDS: Final = 5e-3
_CHECKED_ABOVE_FERMI: Final = 3.0  # eV; the highest empty bands are not converged


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Every point of a uniform mesh, each with the listed k-point it is equivalent to.

    Attributes
    ----------
    rows : (n1, n2, n3) int64
        The listed k-point of each mesh point.
    shift : (3,) float64
        Fractional coordinates of the mesh point (0, 0, 0).
    operations : (g, 3, 3) int64
        What the bands are symmetric under: k → k @ operation in fractional coordinates.
    """

    rows: NDArray[np.int64]
    shift: NDArray[np.float64]
    operations: NDArray[np.int64]

    def place_of(self, kpoint: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the (3,) mesh coordinates of a fractional k-point."""
        sizes = np.array(self.rows.shape)
        return np.asarray(np.round((kpoint - self.shift) * sizes).astype(np.int64) % sizes)


def complete_mesh(bands: Bands, cell: CrystalCell | None) -> Mesh | str:
    """Return the mesh the k-points are the irreducible part of, or why there is none.

    E(k) = E(−k) is taken for granted (time reversal, for each spin without spin-orbit coupling); rotations come from
    the structure, where there is one.
    """
    operations = _operations(bands, cell)
    images = (bands.kpoints[None] @ operations.astype(np.float64)) % 1.0
    axes = [np.unique(np.round(images[:, :, axis], _DECIMALS) % 1.0) for axis in range(3)]
    sizes = np.array([len(axis) for axis in axes])
    shift = np.array([axis[0] for axis in axes])
    steps = (images - shift) * sizes
    if np.abs(steps - np.round(steps)).max() > 10.0**-_DECIMALS * 10 * sizes.max():
        return "the k-points are neither a path nor a uniform mesh"
    places = np.round(steps).astype(np.int64) % sizes
    rows = np.full(tuple(sizes), -1, dtype=np.int64)
    checked = bands.energies[:, bands.energies.min(axis=(0, 2)) < bands.fermi + _CHECKED_ABOVE_FERMI]
    for image in places:
        at = tuple(image.T)
        known = rows[at]
        twice = np.flatnonzero((known >= 0) & (known != np.arange(len(known))))
        if len(twice) and np.abs(checked[:, :, known[twice]] - checked[:, :, twice]).max() > _SAME_BANDS:
            return "the bands do not have the symmetry of the structure"
        rows[at] = np.where(known >= 0, known, np.arange(len(known)))
    filled = int((rows >= 0).sum())
    if filled < rows.size:
        known_by = "the structure's symmetry" if cell is not None else "time reversal (there is no structure)"
        return f"with {known_by} the k-points fill {filled} of {rows.size} mesh points"
    return Mesh(rows, shift, operations)


def _operations(bands: Bands, cell: CrystalCell | None) -> NDArray[np.int64]:
    rotations = np.eye(3, dtype=np.int64)[None]
    if cell is not None:
        product = cell.lattice @ bands.reciprocal.T / (2 * np.pi)
        if np.abs(product - np.eye(3)).max() < _SAME_LATTICE:
            rotations = _rotations(cell)
    return np.unique(np.concatenate([rotations, -rotations]), axis=0)


def _rotations(cell: CrystalCell) -> NDArray[np.int64]:
    import moyopy

    dataset = moyopy.MoyoDataset(
        moyopy.Cell(cell.lattice.tolist(), cell.positions.tolist(), cell.atomic_numbers.tolist()),
        symprec=_SYMMETRY_TOLERANCE,
    )
    return np.array(dataset.operations.rotations, dtype=np.int64)
