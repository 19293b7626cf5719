"""Curvature of a band at its edge, from least squares, and what it says of the mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# CODATA 2022, doi:10.1103/RevModPhys.97.025002.
_HBAR: Final = 1.054571817e-34  # J s
_ELECTRON_MASS: Final = 9.1093837139e-31  # kg
_ELECTRON_VOLT: Final = 1.602176634e-19  # J
# ħ²/mₑ, eV Å²: the curvature ∂²E/∂k² of a free electron.
FREE_CURVATURE: Final = _HBAR**2 / _ELECTRON_MASS / _ELECTRON_VOLT * 1e20
# A band this flat over the window has no mass that rounded eigenvalues could tell: 1000 mₑ.
LEAST_CURVATURE: Final = FREE_CURVATURE / 1000


@dataclass(frozen=True, slots=True, eq=False)
class Parabola:
    """What least squares gives.

    Attributes
    ----------
    coefficients : (p,) float64
        One for each column of the design.
    r2 : float
        Share of the energies' variance that the fit explains.
    """

    coefficients: NDArray[np.float64]
    r2: float


def fitted(design: NDArray[np.float64], energies: NDArray[np.float64]) -> Parabola | None:
    """Return the least-squares fit, or None where the points do not determine every coefficient.

    Parameters
    ----------
    design : (n, p)
        The first column is 1.
    energies : (n,)
        eV.

    Examples
    --------
    >>> k = np.array([0.0, 0.1, 0.2])
    >>> fitted(np.stack([np.ones(3), k**2 / 2], axis=1), 1 + 7.0 * k**2 / 2).coefficients.round(9)
    array([1., 7.])
    """
    size = np.abs(design).max(axis=0)
    if (size == 0).any():
        return None
    reference = energies.mean()
    solution, _, rank, _ = np.linalg.lstsq(design / size, energies - reference, rcond=1e-8)
    if rank < design.shape[1]:
        return None
    rest = energies - reference - (design / size) @ solution
    spread = float(((energies - reference) ** 2).sum())
    r2 = 1.0 - float((rest**2).sum()) / spread if spread > 0 else 0.0
    coefficients = solution / size
    coefficients[0] += reference  # the first column is 1
    return Parabola(coefficients, r2)


@dataclass(frozen=True, slots=True)
class EdgeCurvature:
    """Curvatures of the bands that meet at an edge.

    Attributes
    ----------
    values : tuple of tuple of float
        For each band ∂²E/∂k² away from the edge, eV Å², positive for both carriers: its principal values on a mesh,
        one for each direction on a path.
    points
        The fewest k-points of one fit, the edge's own among them.
    reach
        The largest distance from the edge's k-point in a fit, Å⁻¹.
    r2
        The worst R².
    """

    values: tuple[tuple[float, ...], ...]
    points: int
    reach: float
    r2: float


def joined(parts: list[EdgeCurvature]) -> EdgeCurvature:
    """Return the curvatures of the same bands along several directions as one."""
    return EdgeCurvature(
        tuple(
            tuple(v for band in bands for v in band) for bands in zip(*(p.values for p in parts), strict=True)
        ),
        min(part.points for part in parts),
        max(part.reach for part in parts),
        min(part.r2 for part in parts),
    )


def stacked(fits: list[EdgeCurvature]) -> EdgeCurvature:
    """Return the curvatures of several bands along the same directions as one."""
    return EdgeCurvature(
        tuple(values for fit in fits for values in fit.values),
        min(fit.points for fit in fits),
        max(fit.reach for fit in fits),
        min(fit.r2 for fit in fits),
    )


@dataclass(frozen=True, slots=True)
class FitRules:
    """How far a fit goes, and which fits count.

    Attributes
    ----------
    window
        Energies up to this far from the edge may be fitted, eV.
    least_r2
        The worst R² that counts.
    """

    window: float
    least_r2: float

    @property
    def windows(self) -> tuple[float, ...]:
        """The windows to try, eV; the narrowest that gives a fit is used, since bands are parabolas near the edge."""
        return tuple(share * self.window for share in (0.2, 0.4, 1.0))

    def refusal(self, curvatures: NDArray[np.float64], r2: float) -> str | None:
        """Return why a fit is no mass, or None."""
        if (curvatures < LEAST_CURVATURE).any():
            return "the band is flat there, or bends the other way in a direction"
        if r2 < self.least_r2:
            return f"the band is no parabola: R² {r2:.3f}, and {self.least_r2:g} is asked for"
        return None
