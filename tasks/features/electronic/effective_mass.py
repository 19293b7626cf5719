"""Effective masses of the carriers at the edges of a gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from matsluice.tasks.electronic.record import Bands, CrystalCell
from matsluice.tasks.features.electronic.curvature import FREE_CURVATURE, EdgeCurvature, FitRules
from matsluice.tasks.features.electronic.edges import BandEdges, degenerate_bands
from matsluice.tasks.features.electronic.line_curvature import path_curvature
from matsluice.tasks.features.electronic.mesh import complete_mesh
from matsluice.tasks.features.electronic.mesh_curvature import mesh_curvature

CARRIERS: Final = ("electron", "hole")
_Place = tuple[int, int, int]
_Curvature = Callable[[_Place, list[tuple[int, int]], float], EdgeCurvature | str]


def masses(
    bands: Bands, cell: CrystalCell | None, edges: BandEdges, rules: FitRules, degeneracy: float
) -> tuple[dict[str, float], list[str]]:
    """Return the values about both carriers' masses, and why others are missing.

    On a path, 1/m* = ħ⁻² ∂²E/∂k² along each of its lines through the edge, both sides of the edge in one fit where
    both are there; on a mesh, the principal values of the tensor. Masses are positive for both carriers.

    Parameters
    ----------
    bands, cell
        The calculation; the structure completes a mesh.
    edges
        Where the gap's edges are.
    rules
        How the fits are made.
    degeneracy
        Bands this near to the edge at its k-point meet there, eV.
    """
    curvature = _curvature_on(bands, cell, rules)
    found: dict[str, float] = {}
    reasons: list[str] = []
    for carrier, place, sign in (
        ("electron", edges.conduction_at, 1.0),
        ("hole", edges.valence_at, -1.0),
    ):
        meeting = degenerate_bands(bands.energies, place, degeneracy, filled=sign < 0, fermi=bands.fermi)
        found[f"{carrier}_edge_degeneracy"] = float(len(meeting))
        answer = curvature(place, meeting, sign)
        if isinstance(answer, str):
            reasons.append(f"no {carrier} mass ({answer})")
        else:
            found |= _mass_values(carrier, answer)
            if len(answer.values[0]) == 1:
                reasons.append(f"no {carrier} mass anisotropy: the masses are from one direction")
    return found, reasons


def _curvature_on(bands: Bands, cell: CrystalCell | None, rules: FitRules) -> _Curvature:
    if bands.lines is not None:
        return lambda place, meeting, sign: path_curvature(bands, place, meeting, sign, rules)
    mesh = complete_mesh(bands, cell)
    if isinstance(mesh, str):
        why = mesh
        return lambda *_: why
    return lambda place, meeting, sign: mesh_curvature(bands, mesh, place, meeting, sign, rules)


def _mass_values(carrier: str, curvature: EdgeCurvature) -> Mapping[str, float]:
    """Return the columns of one carrier.

    Means are of inverse masses, as conductivity needs them: over directions for each band, and over the bands.
    """
    inverse = np.array(curvature.values) / FREE_CURVATURE
    by_band = 1.0 / inverse.mean(axis=1)
    smallest, largest = float(1.0 / inverse.max()), float(1.0 / inverse.min())
    found = {
        f"effective_mass_{carrier}": float(1.0 / inverse.mean()),
        f"lightest_{carrier}_mass": float(by_band.min()),
        f"heaviest_{carrier}_mass": float(by_band.max()),
        f"smallest_{carrier}_mass": smallest,
        f"largest_{carrier}_mass": largest,
        f"{carrier}_fit_directions": float(inverse.shape[1]),
        f"{carrier}_fit_points": float(curvature.points),
        f"{carrier}_fit_reach": curvature.reach,
        f"{carrier}_fit_r2": curvature.r2,
    }
    if inverse.shape[1] > 1:
        found[f"{carrier}_mass_anisotropy"] = float((inverse.max(axis=1) / inverse.min(axis=1)).max())
    return found
