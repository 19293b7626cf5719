"""Coulomb matrices of crystals (Rupp et al. 2012, doi:10.1103/PhysRevLett.108.058301)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

BOHR: Final = 0.529177210544  # Å, CODATA 2022


def coulomb_matrices(batch: CrystalBatch) -> list[NDArray[np.float64]]:
    """Return the matrix of each cell, (sites, sites), hartree: Z Z'/r off the diagonal, Z^2.4 / 2 on it.

    r is the shortest distance over all images. As matminer's ``CoulombMatrix``, whose "Angstrom star" for the
    ångström makes its elements off the diagonal smaller by 1.5e-5. They belong to the cell, not to the crystal.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> cell = (2 * BOHR * np.eye(3), [1, 1], [[0, 0, 0], [0.5, 0, 0]])
    >>> coulomb_matrices(crystals_from_cells([cell]).batch)[0]
    array([[0.5, 1. ],
           [1. , 0.5]])
    """
    from matsluice.tasks.features.structure.coulomb_kernel import coulomb_matrix  # imports numba

    reciprocals = np.ascontiguousarray(np.linalg.inv(batch.lattices).transpose(0, 2, 1))
    matrices = []
    for row, sites in enumerate(batch.site_counts.tolist()):
        own = slice(batch.offsets[row], batch.offsets[row + 1])
        matrix = np.empty((sites, sites))
        coulomb_matrix(
            batch.lattices[row],
            reciprocals[row],
            batch.positions[own],
            batch.atomic_numbers[own],
            BOHR,
            matrix,
        )
        matrices.append(matrix)
    return matrices


def coulomb_eigenvalues(batch: CrystalBatch) -> list[NDArray[np.float64]]:
    """Return the eigenvalues of each cell's matrix, (sites,), hartree, increasing."""
    return [np.asarray(np.linalg.eigvalsh(matrix), dtype=np.float64) for matrix in coulomb_matrices(batch)]
