"""The tensor of band curvatures at an edge on a uniform mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.electronic.record import Bands
from matsluice.tasks.features.electronic.curvature import EdgeCurvature, FitRules, fitted, stacked
from matsluice.tasks.features.electronic.edges import SAME_ENERGY
from matsluice.tasks.features.electronic.mesh import Mesh

_MOST_STEPS: Final = 8  # of the mesh, in each direction: finer meshes have enough points nearer
_SAME_DISTANCE: Final = 1e-6  # Å⁻¹
_SYMMETRIC: Final = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))  # the entries of a symmetric tensor


def mesh_curvature(
    bands: Bands,
    mesh: Mesh,
    place: tuple[int, int, int],
    meeting: Sequence[tuple[int, int]],
    sign: float,
    rules: FitRules,
) -> EdgeCurvature | str:
    """Return the principal curvatures of each band that meets at an edge, or why there are none.

    Least squares of E = E₀ + g·d + ½ d·H·d over the mesh points around the edge, with g and H as the symmetry of
    the edge's k-point allows, so that a coarse mesh of a symmetric crystal determines them. At least one k-point
    more than there are coefficients must be inequivalent.

    Parameters
    ----------
    bands, mesh
        Eigenvalues, and the mesh they fill.
    place
        (spin, band, k-point) of the edge.
    meeting
        (spin, band) of the bands that meet there.
    sign
        +1 at a minimum, −1 at a maximum.
    rules
        How the fits are made.
    """
    surroundings = _surroundings(bands, mesh, bands.kpoints[place[2]])
    fits: list[EdgeCurvature] = []
    for spin, band in meeting:
        fit: EdgeCurvature | str = ""
        for window in rules.windows:
            fit = _fit(surroundings, sign * bands.energies[spin, band, surroundings.rows], window, rules)
            if not isinstance(fit, str):
                break
        if isinstance(fit, str):
            return fit
        fits.append(fit)
    return stacked(fits)


@dataclass(frozen=True, slots=True, eq=False)
class _Surroundings:
    """What the fits of all bands at one k-point share.

    Attributes
    ----------
    rows : (n,) int64
        The listed k-points around it, itself first.
    apart : (n, 3) float64
        Where they are from it, Å⁻¹.
    gradients : (a, 3) float64
        Basis of the gradients that the symmetry of the k-point allows.
    tensors : (b, 3, 3) float64
        Basis of the tensors it allows.
    step : float
        The longest step of the mesh, Å⁻¹.
    """

    rows: NDArray[np.int64]
    apart: NDArray[np.float64]
    gradients: NDArray[np.float64]
    tensors: NDArray[np.float64]
    step: float


def _surroundings(bands: Bands, mesh: Mesh, here: NDArray[np.float64]) -> _Surroundings:
    rows, apart = _around(bands, mesh, here)
    group = _little_group(bands, mesh, here)
    units = np.zeros((len(_SYMMETRIC), 3, 3))
    for entry, (i, j) in enumerate(_SYMMETRIC):
        units[entry, i, j] = units[entry, j, i] = 1.0
    step = (np.linalg.norm(bands.reciprocal, axis=1) / np.array(mesh.rows.shape)).max()
    return _Surroundings(
        rows,
        apart,
        _invariant(group, np.eye(3), tensor=False),
        _invariant(group, units, tensor=True),
        float(step),
    )


def _fit(
    around: _Surroundings, energies: NDArray[np.float64], window: float, rules: FitRules
) -> EdgeCurvature | str:
    """Return one band's principal curvatures; `energies` rise away from the edge."""
    chosen = _in_window(around.apart, energies, window)
    apart = around.apart[chosen]
    slopes = len(around.gradients)
    columns = [
        np.ones((len(apart), 1)),
        apart @ around.gradients.T,
        np.einsum("ni,tij,nj->nt", apart, around.tensors, apart) / 2,
    ]
    design = np.concatenate(columns, axis=1)
    distinct, needed = len(np.unique(around.rows[chosen])), design.shape[1] + 1
    if distinct < needed:
        return (
            f"the mesh is too coarse: {distinct} inequivalent k-points within {window:g} eV, "
            f"and {needed} are needed"
        )
    fit = fitted(design, energies[chosen])
    if fit is None:
        return "the mesh is too coarse: the k-points within the window do not determine the tensor"
    gradient = fit.coefficients[1 : 1 + slopes] @ around.gradients
    tensor = np.einsum("t,tij->ij", fit.coefficients[1 + slopes :], around.tensors)
    principal = np.asarray(np.linalg.eigvalsh(tensor), np.float64)
    refusal = rules.refusal(principal, fit.r2)
    if refusal is None and np.linalg.norm(np.linalg.solve(tensor, gradient)) > around.step:
        refusal = "the parabola's vertex is farther than a step of the mesh from the edge"
    if refusal is not None:
        return refusal
    reach = float(np.linalg.norm(apart, axis=1).max())
    return EdgeCurvature((tuple(principal.tolist()),), int(chosen.sum()), reach, fit.r2)


def _around(
    bands: Bands, mesh: Mesh, here: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the listed k-points in a ball around one, and where they are from it, Å⁻¹, the nearest first.

    A point that is nearer to an equivalent of `here` belongs to that one's valley and is left out.
    """
    sizes = np.array(mesh.rows.shape)
    steps = np.minimum(_MOST_STEPS, (sizes - 1) // 2)
    offsets = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in steps), indexing="ij"), axis=-1).reshape(
        -1, 3
    )
    apart = offsets / sizes @ bands.reciprocal
    lengths = np.linalg.norm(apart, axis=1)
    heights = 1.0 / np.linalg.norm(np.linalg.inv(bands.reciprocal), axis=0)
    ball = float(((steps + 0.5) * heights / sizes).min())
    star = here @ mesh.operations.astype(np.float64) - here
    star = star - np.round(star)
    inside = lengths < ball
    for shift in np.ndindex(3, 3, 3):
        others = (star + np.array(shift) - 1.0) @ bands.reciprocal
        others = others[np.linalg.norm(others, axis=1) > _SAME_DISTANCE]
        others = np.unique(others.round(6), axis=0)
        for other in others[np.linalg.norm(others, axis=1) < 2 * ball]:
            inside &= np.linalg.norm(apart - other, axis=1) > lengths - _SAME_DISTANCE
    order = np.flatnonzero(inside)
    order = order[np.argsort(lengths[order], kind="stable")]
    at = (mesh.place_of(here) + offsets[order]) % sizes
    return mesh.rows[tuple(at.T)], apart[order]


def _in_window(apart: NDArray[np.float64], energies: NDArray[np.float64], window: float) -> NDArray[np.bool_]:
    """Return which points lie within the window, up to the first shell of k-points of which none does."""
    rise = energies - energies[0]
    inside = (rise <= window) & (rise >= -SAME_ENERGY)
    shells = np.cumsum(np.diff(np.linalg.norm(apart, axis=1), prepend=0.0) > _SAME_DISTANCE)
    reached = np.zeros(int(shells[-1]) + 1, dtype=bool)
    np.logical_or.at(reached, shells, inside)
    empty = np.flatnonzero(~reached)
    return np.asarray(inside & (shells < (empty[0] if len(empty) else len(reached))))


def _little_group(bands: Bands, mesh: Mesh, here: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the operations that leave a k-point where it is, as matrices in space."""
    operations = mesh.operations.astype(np.float64)
    moved = here @ operations - here
    kept = operations[np.abs(moved - np.round(moved)).max(axis=1) < 1e-4]
    return np.asarray(np.linalg.inv(bands.reciprocal) @ kept @ bands.reciprocal)


def _invariant(
    group: NDArray[np.float64], basis: NDArray[np.float64], *, tensor: bool
) -> NDArray[np.float64]:
    """Return a basis of the vectors or symmetric tensors that a group of operations leaves as they are.

    The mean over the group projects onto them, so singular values are near 1 or 0 also where a structure is
    symmetric to within a tolerance only.
    """
    path = "gij,bjk,glk->bil" if tensor else "gij,bj->bi"
    operands = (group, basis, group) if tensor else (group, basis)
    means = np.einsum(path, *operands) / len(group)
    flat = means.reshape(len(basis), -1)
    _, sizes, rows = np.linalg.svd(flat, full_matrices=False)
    return np.asarray(rows[sizes > 0.5].reshape(-1, *basis.shape[1:]))
