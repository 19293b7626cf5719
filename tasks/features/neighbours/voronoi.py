"""The atoms whose cells of space, of all points nearest to them, have a face in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.neighbours.neighbours import Neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch


# Of the area of a site's largest face. Where four cells meet at an edge, as in simple cubic, the eight or more
# digits of a file's coordinates part two of them by a sliver of about this size, which makes nobody a neighbour.
SMALLEST_FACE: Final = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class VoronoiCells:
    """The faces of the Voronoi cells of the m sites of a batch; those of site i are ``starts[i]:starts[i + 1]``.

    Attributes
    ----------
    starts : (m + 1,) int64
        Where each site's faces begin.
    neighbour : (p,) int64
        The site behind the face, counted over the whole batch.
    image : (p, 3) int32
        Its lattice translation, as in `Neighbours`.
    distance : (p,) float64
        From site to neighbour, twice that to the face, Å, increasing within a site.
    area : (p,) float64
        Å².
    solid_angle : (p,) float64
        Of the face as seen from the site, sr.
    """

    starts: NDArray[np.int64]
    neighbour: NDArray[np.int64]
    image: NDArray[np.int32]
    distance: NDArray[np.float64]
    area: NDArray[np.float64]
    solid_angle: NDArray[np.float64]


def voronoi_cells(batch: CrystalBatch) -> VoronoiCells:
    """Return the Voronoi cells of all sites, without faces that are round-off: smaller than 1e-12 of the largest.

    Parameters
    ----------
    batch
        n ordered crystals.

    Examples
    --------
    A cube about every atom of polonium.

    >>> from matsluice.tasks.material import crystals_from_cells
    >>> cells = voronoi_cells(crystals_from_cells([(3.0 * np.eye(3), [84], [[0, 0, 0]])]).batch)
    >>> cells.area.round(9)
    array([9., 9., 9., 9., 9., 9.])
    """
    from matsluice.tasks.features.neighbours.voronoi_kernel import cells_of_sites  # imports numba

    return VoronoiCells(*cells_of_sites(batch.lattices, batch.offsets, batch.positions))


def voronoi_neighbours(batch: CrystalBatch) -> Neighbours:
    """Return each site's neighbours behind the faces of its Voronoi cell; weight: area over the largest face's.

    Equal to pymatgen's ``VoronoiNN(weight="area")`` but for faces smaller than 1e-8 of the largest, which are left
    out: rounded coordinates make them where four cells meet at an edge. The neighbour search goes as far as it
    has to, so an atom in a large empty cell has its right neighbours too.

    Parameters
    ----------
    batch
        n ordered crystals.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> copper = (1.8 * (1 - np.eye(3)), [29], [[0, 0, 0]])
    >>> voronoi_neighbours(crystals_from_cells([copper]).batch).counts
    array([12])
    """
    cells = voronoi_cells(batch)
    if not len(batch):
        return Neighbours(cells.starts, cells.neighbour, cells.image, cells.distance, cells.area)
    largest = np.maximum.reduceat(cells.area, cells.starts[:-1])
    weight = cells.area / np.repeat(largest, np.diff(cells.starts))
    kept = weight >= SMALLEST_FACE
    starts = np.concatenate([[0], np.cumsum(kept)])[cells.starts]
    return Neighbours(starts, cells.neighbour[kept], cells.image[kept], cells.distance[kept], weight[kept])
