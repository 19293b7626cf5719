"""Integrals of a density of states that is linear between the energies of its grid; all of them exact."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smeared_at(energies: Floats, density: Floats, at: float, sigma: float) -> float:
    """Return ∫ D(E) g(E − at) dE for a Gaussian g of width `sigma`; for width 0, D(at).

    On a piece of the grid D = a + b (E − at), and ∫ (a + b u) g(u) du = a [Φ(u/σ)] − b σ [φ(u/σ)], with the
    Gaussian's integral Φ and its density φ, so the grid may be coarser than the Gaussian.

    Examples
    --------
    >>> smeared_at(np.array([-5.0, 5.0]), np.array([2.0, 2.0]), at=0.0, sigma=0.1)
    2.0
    """
    if sigma == 0:
        return float(np.interp(at, energies, density))
    places = (energies - at) / sigma
    integral = np.array([erf(place / sqrt(2)) / 2 for place in places])
    slope = np.diff(density) / np.diff(energies)
    level = density[:-1] - slope * (energies[:-1] - at)
    bell = np.exp(-(places**2) / 2) / np.sqrt(2 * np.pi)
    return float((level * np.diff(integral) - slope * sigma * np.diff(bell)).sum())


def cut(energies: Floats, density: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    """Return the part of a density between two energies, with its values there."""
    inside = (energies > low) & (energies < high)
    grid = np.concatenate([[low], energies[inside], [high]])
    return grid, np.interp(grid, energies, density, left=0.0, right=0.0)


@dataclass(frozen=True, slots=True)
class Moments:
    """Number of states, their mean energy and the standard deviation of their energies."""

    states: float
    centre: float
    width: float


def moments(energies: Floats, density: Floats, low: float, high: float) -> Moments | None:
    """Return the moments of the states between two energies, or None where there are none.

    Parameters
    ----------
    energies, density : (n,)
        eV, states/eV.
    low, high
        eV.

    Examples
    --------
    >>> moments(np.array([-4.0, 0.0]), np.array([3.0, 3.0]), -4.0, 0.0)
    Moments(states=12.0, centre=-2.0, width=1.1547005383792515)
    """
    if not low < high:
        return None
    e, d = cut(energies, density, low, high)
    middle = (e[1:] + e[:-1]) / 2
    weight = np.diff(e) / 6
    half = (d[1:] + d[:-1]) / 2
    # Simpson's rule is exact up to the third power, and E² D has no higher one on a piece.
    states = float((weight * (d[:-1] + 4 * half + d[1:])).sum())
    if states <= 0:
        return None
    centre = float((weight * (e[:-1] * d[:-1] + 4 * middle * half + e[1:] * d[1:])).sum()) / states
    left, mid, right = ((place - centre) ** 2 for place in (e[:-1], middle, e[1:]))
    spread = float((weight * (left * d[:-1] + 4 * mid * half + right * d[1:])).sum()) / states
    return Moments(states, centre, float(np.sqrt(max(0.0, spread))))
