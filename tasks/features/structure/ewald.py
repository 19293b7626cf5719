"""The electrostatic energy of a crystal of point charges (Ewald 1921, doi:10.1002/andp.19213690304)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

COULOMB: Final = 14.3996454784936  # eV Å/e², e²/(4πε₀), CODATA 2022
_NEUTRAL: Final = 1e-6  # e; mean states are fractions in floating point


def ewald_energy_per_atom(batch: CrystalBatch, charges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the energy per atom, (n,), eV/atom; NaN for a crystal with a charge that is NaN.

    The same for every cell of a crystal, to some 1e-11 of its size. Equal to pymatgen's ``EwaldSummation``.

    Parameters
    ----------
    batch
        n crystals of m sites.
    charges
        (m,), e.

    Raises
    ------
    ValueError
        When the charges of a crystal do not add up to zero.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> salt = crystals_from_cells([(2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])]).batch
    >>> energy = ewald_energy_per_atom(salt, np.array([1.0, -1.0]))
    >>> (-2 * energy * np.sqrt(3) / COULOMB).round(6)  # Madelung's constant of CsCl
    array([1.762675])
    """
    from matsluice.tasks.features.structure.ewald_kernel import ewald_energies  # imports numba

    crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
    sums = np.bincount(crystal, charges, minlength=len(batch))
    if np.any(np.abs(sums) > _NEUTRAL * batch.site_counts):
        raise ValueError("the charges of every crystal add up to zero")
    reciprocals = np.ascontiguousarray(np.linalg.inv(batch.lattices).transpose(0, 2, 1))
    energies = np.empty(len(batch))
    ewald_energies(
        batch.lattices,
        reciprocals,
        batch.volumes,
        batch.offsets,
        batch.positions,
        np.ascontiguousarray(charges, dtype=np.float64),
        energies,
    )
    return COULOMB * energies
