"""All sites of a cell from the independent ones, and what stands at one place put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.material.cells import MOST_SITES, CellRefused
from matsluice.tasks.material.readers.cell_lists import CellLists

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.readers.symmetry_operations import Operations

# Fractional coordinates. Two points nearer than this along each axis are one (as in pymatgen's CifParser).
SITE_TOLERANCE: Final = 1e-4
# Half a unit of the fourth digit: 0.3333 and 0.6667 mean 1/3 and 2/3.
_DIGITS: Final = 5.1e-5
# What rounded occupancies of one place may add up to beyond 1.
OCCUPANCY_TOLERANCE: Final = 0.01
# Images of a site on symmetry elements coincide, so there are more of them than sites of the cell. Each is held
# against those before it, which for more would take minutes.
_MOST_IMAGES: Final = 4 * MOST_SITES
# Share of the longest squared cell edge by which the operations may change the cell.
_METRIC_TOLERANCE: Final = 0.02


def expanded(cell: CellLists, operations: Operations) -> CellLists:
    """Return the cell with every image of its sites.

    Coordinates within half a unit of the fourth digit of a multiple of 1/6 that is not one of 1/2 are set to
    it, so that images on threefold axes coincide; nothing else is rounded. Images that coincide to
    `SITE_TOLERANCE` are one. Entries of one element at one place are put together, whatever their charges;
    occupancies of one place that add up to at most 1 + `OCCUPANCY_TOLERANCE` are scaled to 1.

    Raises
    ------
    CellRefused
        "contradictory symmetry" where an operation does not bring the cell onto itself; "occupancy out of
        range".
    """
    # Imported here, because numba takes half a second.
    from matsluice.tasks.material.readers.orbits import orbits

    positions = np.reshape(np.array(cell.positions, dtype=np.float64), (-1, 3))
    if len(operations.rotations) > 1:
        _check_metric(np.reshape(cell.lattice, (3, 3)), operations.rotations)
        positions = _on_axes(positions)
    occupancies = np.array(cell.occupancies)
    numbers = np.array(cell.atomic_numbers, dtype=np.int64)
    if (occupancies < 0).any():
        worst = occupancies.min()
        raise CellRefused("occupancy out of range", f"an occupancy is {worst:g}; it is above 0 and at most 1")
    there = occupancies > 0  # a site that is filled nowhere is no site
    numbers, occupancies = numbers[there], occupancies[there]
    count = len(numbers) * len(operations.rotations)
    if count > _MOST_IMAGES:
        raise CellRefused(
            "too many sites",
            f"{len(numbers)} sites and {len(operations.rotations)} symmetry operations make {count} images; at most "
            f"{_MOST_IMAGES} are looked at",
        )
    images, sites, places = orbits(positions[there], *operations, SITE_TOLERANCE)
    return CellLists(cell.lattice, *_put_together(images, numbers[sites], occupancies[sites], places))


def _check_metric(lattice: NDArray[np.float64], rotations: NDArray[np.float64]) -> None:
    metric = lattice @ lattice.T
    images = np.einsum("kji,jl,klm->kim", rotations, metric, rotations)
    if np.abs(images - metric).max() > _METRIC_TOLERANCE * metric.max():
        raise CellRefused(
            "contradictory symmetry",
            "a symmetry operation does not bring the cell onto itself: cell and operations are of different settings",
        )


def _on_axes(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    sixths = np.round(positions * 6)
    is_near = (np.abs(positions - sixths / 6) < _DIGITS) & (sixths % 3 != 0)
    return np.where(is_near, sixths / 6, positions)


def _put_together(
    images: NDArray[np.float64],
    numbers: NDArray[np.int64],
    occupancies: NDArray[np.float64],
    places: NDArray[np.int64],
) -> tuple[list[int], list[float], list[float]]:
    totals = np.bincount(places, occupancies)
    if totals.size and totals.max() > 1 + OCCUPANCY_TOLERANCE:
        x, y, z = images[np.flatnonzero(places == totals.argmax())[0]]
        raise CellRefused(
            "occupancy out of range",
            f"the occupancies at ({x:.4f}, {y:.4f}, {z:.4f}) add up to {totals.max():.4g}; at most 1 is possible",
        )
    occupancies = occupancies / np.maximum(totals, 1.0)[places]
    _, first, same = np.unique(places * 1000 + numbers, return_index=True, return_inverse=True)
    if len(first) < len(places):
        occupancies = np.minimum(np.bincount(same, occupancies), 1.0)
        order = np.argsort(first)
        first, occupancies = first[order], occupancies[order]
        images, numbers = images[first], numbers[first]
    return numbers.tolist(), images.ravel().tolist(), occupancies.tolist()
