"""Which bands are filled, where they end and where the next begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# eV: energies this close are one. Programs print eigenvalues to 1e-4 eV; a band may pass E_F by this much.
SAME_ENERGY: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class BandEdges:
    """The edges of a gap; bands are held apart by spin.

    Attributes
    ----------
    vbm, cbm : float
        The highest filled and the lowest empty energy, eV.
    gap, direct_gap : float
        eV; the direct one at one k-point and in one spin.
    is_direct : bool
        Whether both edges are reached at one k-point.
    gap_of_spin : tuple of float
        The gap within each spin, eV; NaN where a spin has no filled or no empty band.
    valence_at, conduction_at : tuple of int
        (spin, band, k-point) of the edges, the first where several are equal.
    """

    vbm: float
    cbm: float
    gap: float
    direct_gap: float
    is_direct: bool
    gap_of_spin: tuple[float, ...]
    valence_at: tuple[int, int, int]
    conduction_at: tuple[int, int, int]


def crossing_bands(energies: NDArray[np.float64], fermi: float) -> NDArray[np.bool_]:
    """Return (spins, bands): whether a band has energies on both sides of the Fermi energy."""
    below = (energies < fermi - SAME_ENERGY).any(axis=2)
    above = (energies > fermi + SAME_ENERGY).any(axis=2)
    return np.asarray(below & above)


def spin_gap(energies: NDArray[np.float64], fermi: float) -> float:
    """Return the gap within one spin: 0 where a band crosses E_F, NaN where filled or empty bands are missing.

    Examples
    --------
    >>> spin_gap(np.array([[-1.0, -2.0], [1.5, 1.0]]), fermi=0.0)
    2.0
    """
    if crossing_bands(energies[None], fermi).any():
        return 0.0
    filled = energies.mean(axis=1) <= fermi
    if filled.all() or not filled.any():
        return float("nan")
    return max(0.0, float(energies[~filled].min() - energies[filled].max()))


def band_edges(energies: NDArray[np.float64], fermi: float) -> BandEdges | None:
    """Return the edges of the gap around the Fermi energy; None where filled or empty bands are missing.

    Parameters
    ----------
    energies : (spins, bands, nk)
        eV; no band crosses the Fermi energy.
    fermi
        eV.
    """
    filled = energies.mean(axis=2) <= fermi
    if filled.all() or not filled.any():
        return None
    valence = np.where(filled[:, :, None], energies, -np.inf)
    conduction = np.where(filled[:, :, None], np.inf, energies)
    vbm, cbm = float(valence.max()), float(conduction.min())
    reached = (valence >= vbm - SAME_ENERGY).any(axis=(0, 1)) & (conduction <= cbm + SAME_ENERGY).any(
        axis=(0, 1)
    )
    vertical = conduction.min(axis=1) - valence.max(axis=1)
    return BandEdges(
        vbm=vbm,
        cbm=cbm,
        gap=max(0.0, cbm - vbm),
        direct_gap=max(0.0, float(vertical.min())),
        is_direct=bool(reached.any()),
        gap_of_spin=tuple(spin_gap(one, fermi) for one in energies),
        valence_at=_place(valence, valence >= vbm),
        conduction_at=_place(conduction, conduction <= cbm),
    )


def _place(energies: NDArray[np.float64], reached: NDArray[np.bool_]) -> tuple[int, int, int]:
    spin, band, point = np.unravel_index(int(np.argmax(reached)), energies.shape)
    return int(spin), int(band), int(point)


def degenerate_bands(
    energies: NDArray[np.float64],
    place: tuple[int, int, int],
    tolerance: float,
    *,
    filled: bool,
    fermi: float,
) -> list[tuple[int, int]]:
    """Return (spin, band) of the bands that meet the edge at its k-point to within `tolerance` eV."""
    here = energies[:, :, place[2]]
    side = energies.mean(axis=2) <= fermi
    near = (np.abs(here - energies[place]) <= tolerance) & (side == filled)
    return [(int(spin), int(band)) for spin, band in np.argwhere(near)]
