"""Where the s, p, d and f states are, and how much of the states at an edge is theirs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.electronic.record import SHELLS
from matsluice.tasks.features.electronic.density_edges import DensityEdges
from matsluice.tasks.features.electronic.density_moments import moments

Floats = NDArray[np.float64]
Found = tuple[dict[str, float], list[str]]


def shell_centres(energies: Floats, shells: Floats, fermi: float, depth: float, empty: float) -> Found:
    """Return centre and width of each shell's occupied states within `depth` below the Fermi energy.

    Parameters
    ----------
    energies : (n,)
        eV.
    shells : (4, n)
        States/eV of the s, p, d and f orbitals in the cell.
    fermi, depth
        eV.
    empty
        A density up to this counts as none, states/eV in the cell.
    """
    if energies[0] > fermi - depth and shells[:, 0].sum() > empty:
        return {}, [f"no density of states down to {depth:g} eV below E_F: it is cut through a band"]
    found: dict[str, float] = {}
    reasons: list[str] = []
    for name, density in zip(SHELLS, shells, strict=True):
        part = moments(energies, density, max(fermi - depth, float(energies[0])), fermi)
        if part is None:
            reasons.append(f"no occupied {name} states within {depth:g} eV below E_F")
        else:
            found |= {f"{name}_band_centre": part.centre - fermi, f"{name}_band_width": part.width}
    return found, reasons


def edge_shares(energies: Floats, shells: Floats, edges: DensityEdges, reach: float) -> Found:
    """Return each shell's share in the projected states within `reach` eV of both edges.

    Parameters
    ----------
    energies : (n,)
        eV.
    shells : (4, n)
        States/eV of the s, p, d and f orbitals in the cell.
    edges
        Where the states end, eV.
    reach
        eV.
    """
    found: dict[str, float] = {}
    reasons: list[str] = []
    for side, low, high in (
        ("valence", edges.valence - reach, edges.valence),
        ("conduction", edges.conduction, edges.conduction + reach),
    ):
        parts = [moments(energies, density, low, high) for density in shells]
        states = np.array([0.0 if part is None else part.states for part in parts])
        if states.sum() > 0:
            shares = states / states.sum()
            found |= {f"{side}_edge_share_{name}": float(shares[i]) for i, name in enumerate(SHELLS)}
        else:
            reasons.append(f"no projected states within {reach:g} eV of the {side} edge")
    return found, reasons
