"""What one electronic-structure calculation leaves behind, as arrays with units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

SHELLS: Final = "spdf"
_LEAST_VOLUME: Final = 1e-9  # Å⁻³ of a reciprocal cell: a real cell of 2.5e11 Å³


class CannotRead(Exception):  # noqa: N818 - it is said about the document, which is what is at fault
    """A document is no electronic record: `reason` is a short class, `detail` one sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[CannotRead], tuple[str, str]]:
        """Travel between processes with both parts."""
        return type(self), (self.reason, self.detail)


@dataclass(frozen=True, slots=True, eq=False)
class CrystalCell:
    """The crystal the calculation was for.

    Attributes
    ----------
    lattice : (3, 3) float64
        Lattice vectors as rows, Å.
    atomic_numbers : (m,) int64
        Atomic number of each site.
    positions : (m, 3) float64
        Fractional coordinates.
    """

    lattice: NDArray[np.float64]
    atomic_numbers: NDArray[np.int64]
    positions: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Eigenvalues over k-points.

    Attributes
    ----------
    kpoints : (nk, 3) float64
        In units of the reciprocal lattice vectors.
    reciprocal : (3, 3) float64
        Reciprocal lattice vectors as rows, with the 2π, Å⁻¹: k in space is ``kpoints @ reciprocal``.
    energies : (spins, bands, nk) float64
        Eigenvalues, eV; at each k-point increasing with the band's index, as every program writes them.
    fermi : float
        Fermi energy on the scale of `energies`, eV.
    lines : tuple of (start, stop), or None
        The straight pieces of a path as ranges of k-points; None where the k-points are no path.
    """

    kpoints: NDArray[np.float64]
    reciprocal: NDArray[np.float64]
    energies: NDArray[np.float64]
    fermi: float
    lines: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what is not one set of bands."""
        points = len(self.kpoints)
        if self.energies.ndim != 3 or self.energies.shape[2] != points or not self.energies.size:
            raise CannotRead(
                "wrong shape",
                f"eigenvalues of shape {self.energies.shape} do not belong to {points} k-points",
            )
        if self.kpoints.shape != (points, 3) or self.reciprocal.shape != (3, 3):
            raise CannotRead("wrong shape", "k-points and reciprocal lattice vectors have three components")
        _all_finite(self.kpoints, self.reciprocal, self.energies, self.fermi)
        if abs(np.linalg.det(self.reciprocal)) < _LEAST_VOLUME:
            raise CannotRead("wrong lattice", "the reciprocal lattice vectors do not span space")
        if any(not 0 <= start < stop <= points for start, stop in self.lines or ()):
            raise CannotRead("wrong path", f"the pieces of the path do not fit {points} k-points")


@dataclass(frozen=True, slots=True, eq=False)
class StateDensity:
    """Density of states on a grid of energies.

    Attributes
    ----------
    energies : (n,) float64
        Increasing, eV.
    densities : (spins, n) float64
        States/eV in the cell, each spin.
    fermi : float
        Fermi energy on the scale of `energies`, eV.
    shells : (sites, 4, n) float64, or None
        The part of each site's s, p, d and f orbitals, both spins together; None where it was not projected.
    """

    energies: NDArray[np.float64]
    densities: NDArray[np.float64]
    fermi: float
    shells: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Refuse what is not one density of states."""
        points = len(self.energies)
        if points < 2 or self.densities.ndim != 2 or self.densities.shape[1] != points:
            raise CannotRead(
                "wrong shape",
                f"a density of shape {self.densities.shape} does not belong to {points} energies",
            )
        if self.shells is not None and self.shells.shape[1:] != (len(SHELLS), points):
            raise CannotRead("wrong shape", f"projections of shape {self.shells.shape} for {points} energies")
        _all_finite(self.energies, self.densities, self.fermi, 0.0 if self.shells is None else self.shells)
        if not (np.diff(self.energies) > 0).all():
            raise CannotRead("wrong order", "the energies of a density of states must increase")


@dataclass(frozen=True, slots=True, eq=False)
class PlanarPotential:
    """An electron's potential energy, averaged over the planes along one axis of a periodic cell.

    Attributes
    ----------
    values : (n,) float64
        At equal steps over the whole period, eV; for electrons, so the vacuum lies above the solid.
    period : float or None
        Length of the period perpendicular to the planes, Å; None where the file does not say.
    """

    values: NDArray[np.float64]
    period: float | None

    def __post_init__(self) -> None:
        """Refuse what is not one profile."""
        if self.values.ndim != 1 or len(self.values) < 2:
            raise CannotRead("wrong shape", "a planar average needs at least two values")
        _all_finite(self.values, 1.0 if self.period is None else self.period)


@dataclass(frozen=True, slots=True, eq=False)
class ElectronicRecord:
    """What a document holds; a part that it does not hold is None, and `missing` may say why.

    Attributes
    ----------
    bands, density, potential, cell
        The parts.
    fermi : float or None
        Fermi energy of the calculation, eV, on the scale of the bands and of the potential.
    missing : dict of str to str
        For a part by name: why it could not be read although the document has it.
    """

    bands: Bands | None = None
    density: StateDensity | None = None
    potential: PlanarPotential | None = None
    cell: CrystalCell | None = None
    fermi: float | None = None
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def composition(self) -> NDArray[np.int64] | None:
        """The atomic numbers of the cell's sites, or None."""
        return None if self.cell is None else self.cell.atomic_numbers


def _all_finite(*values: NDArray[np.float64] | float) -> None:
    if not all(np.isfinite(value).all() for value in values):
        raise CannotRead("not finite", "the document has a number that is not finite")
