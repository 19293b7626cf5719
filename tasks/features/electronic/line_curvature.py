"""Band curvatures along the straight lines of a path that pass or end at an edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.electronic.record import Bands
from matsluice.tasks.features.electronic.curvature import EdgeCurvature, FitRules, fitted, joined, stacked
from matsluice.tasks.features.electronic.edges import SAME_ENERGY

SAME_POINT: Final = 1e-5  # in reciprocal lattice vectors; files round k-points to 8 decimals
_PARALLEL: Final = 1e-6  # of 1 − |cos|
_DECIMALS: Final = 6  # Å⁻¹: distances this close are one


@dataclass(frozen=True, slots=True, eq=False)
class Ray:
    """K-points on one line through the edge's k-point.

    Attributes
    ----------
    direction : (3,) float64
        Unit vector in space; its sense has no meaning.
    distances : (n,) float64
        Signed, increasing, Å⁻¹; 0 is the edge's k-point.
    rows : (n,) int64
        The k-points.
    mirrored : bool
        Whether E(−k) = E(k) about this k-point: time reversal where 2k is a reciprocal lattice vector.
    """

    direction: NDArray[np.float64]
    distances: NDArray[np.float64]
    rows: NDArray[np.int64]
    mirrored: bool


def path_curvature(
    bands: Bands,
    place: tuple[int, int, int],
    meeting: Sequence[tuple[int, int]],
    sign: float,
    rules: FitRules,
) -> EdgeCurvature | str:
    """Return the curvatures along every line of the path through an edge, or why there are none.

    Parameters
    ----------
    bands
        With lines.
    place
        (spin, band, k-point) of the edge.
    meeting
        (spin, band) of the bands that meet there.
    sign
        +1 at a minimum, −1 at a maximum.
    rules
        How the fits are made. A line counts where every band that meets at the edge has a fit on it.
    """
    good: list[EdgeCurvature] = []
    reasons: list[str] = []
    for ray in rays_through(bands, place[2]):
        fits = [
            _narrowest_fit(ray, sign * bands.energies[spin, band, ray.rows], rules) for spin, band in meeting
        ]
        reasons += [fit for fit in fits if isinstance(fit, str)]
        whole = [fit for fit in fits if not isinstance(fit, str)]
        if len(whole) == len(fits):
            good.append(stacked(whole))
    if good:
        return joined(good)
    return reasons[0] if reasons else "its k-point stands on no line of the path"


def rays_through(bands: Bands, point: int) -> list[Ray]:
    """Return the lines of the path through a k-point or an equivalent one; parallel ones are joined."""
    here = bands.kpoints[point]
    mirrored = bool(np.abs(2 * here - np.round(2 * here)).max() < 2 * SAME_POINT)
    found: list[tuple[NDArray[np.float64], dict[float, tuple[float, int]]]] = []
    for start, stop in bands.lines or ():
        places = bands.kpoints[start:stop]
        apart = places - here
        same = np.flatnonzero(np.abs(apart - np.round(apart)).max(axis=1) < SAME_POINT)
        along = (places[-1] - places[0]) @ bands.reciprocal
        if not len(same) or not np.linalg.norm(along):
            continue
        direction = along / np.linalg.norm(along)
        distances = (places - places[same[0]]) @ bands.reciprocal @ direction
        known = next((ray for ray in found if 1 - abs(float(ray[0] @ direction)) < _PARALLEL), None)
        if known is None:
            known = (direction, {})
            found.append(known)
        sense = float(np.sign(known[0] @ direction))
        for row, distance in enumerate(distances):
            signed = sense * float(distance)
            known[1].setdefault(round(signed, _DECIMALS) + 0.0, (signed, start + row))
    return [_ray(direction, points, mirrored) for direction, points in found]


def _ray(direction: NDArray[np.float64], points: dict[float, tuple[float, int]], mirrored: bool) -> Ray:
    ordered = [points[rounded] for rounded in sorted(points)]
    distances = np.array([distance for distance, _ in ordered])
    return Ray(direction, distances, np.array([row for _, row in ordered], dtype=np.int64), mirrored)


def _narrowest_fit(ray: Ray, energies: NDArray[np.float64], rules: FitRules) -> EdgeCurvature | str:
    fit: EdgeCurvature | str = ""
    for window in rules.windows:
        fit = _fit(ray, energies, window, rules)
        if not isinstance(fit, str):
            break
    return fit


def _fit(ray: Ray, energies: NDArray[np.float64], window: float, rules: FitRules) -> EdgeCurvature | str:
    """Return one band's curvature on a line; `energies` rise away from the edge.

    Where the band is even about the k-point: E = E₀ + ½ h d². Elsewhere E = E₀ + g d + ½ h d², with a vertex no
    farther than one step from the k-point, since an edge may stand between two k-points of the path, and never
    at the end of a line the band goes on beyond.
    """
    at = int(np.argmin(np.abs(ray.distances)))
    right = _rising(energies[at:], window)
    left = _rising(energies[: at + 1][::-1], window)
    chosen = np.arange(at - left, at + right + 1)
    d, e = ray.distances[chosen], energies[chosen]
    if ray.mirrored:
        _, first = np.unique(np.abs(d).round(_DECIMALS), return_index=True)
        d, e = np.abs(d[first]), e[first]
    columns = [np.ones_like(d), d**2 / 2] if ray.mirrored else [np.ones_like(d), d**2 / 2, d]
    if len(d) <= len(columns):
        return (
            f"the path is too coarse: {len(d)} k-points within {window:g} eV on a line, "
            f"and {len(columns) + 1} are needed"
        )
    fit = fitted(np.stack(columns, axis=1), e)
    if fit is None:
        return "the k-points do not determine a parabola"
    refusal = rules.refusal(fit.coefficients[1:2], fit.r2)
    if refusal is None and not ray.mirrored:
        vertex = -fit.coefficients[2] / fit.coefficients[1]
        if abs(vertex) > np.diff(d).max() / (1 if left and right else 2):
            refusal = "the band goes on beyond the end of the line"
    if refusal is not None:
        return refusal
    return EdgeCurvature(((float(fit.coefficients[1]),),), len(d), float(np.abs(d).max()), fit.r2)


def _rising(energies: NDArray[np.float64], window: float) -> int:
    """Return how many steps a band rises from its first point, within the window."""
    inside = energies[1:] - energies[0] <= window
    rises = np.diff(energies) >= -SAME_ENERGY
    stops = np.flatnonzero(~(inside & rises))
    return int(stops[0]) if len(stops) else len(energies) - 1
