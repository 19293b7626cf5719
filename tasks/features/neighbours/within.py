"""All neighbours within a cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.neighbours.neighbours import Neighbours

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from matsluice.tasks.material import CrystalBatch

# Looking at all pairs of a cell costs the square of its sites; from so many on a list of boxes is faster, as
# long as a site's neighbours are a small part of the cell.
SITES_FOR_BOXES: Final = 300
_CELLS_PER_SPHERE: Final = 0.2


def neighbours_within(batch: CrystalBatch, cutoff: ArrayLike) -> Neighbours:
    """Return every atom within a cutoff of each site, over all periodic images.

    Equal to pymatgen's ``Structure.get_neighbor_list``: pairs up to 1e-8 Å beyond the cutoff count as within. A
    site without neighbours has none; the distance never reaches zero, because atoms that share a place (of
    which one or the other is there) are no neighbours. Within a site the pairs are ordered by distance, equal
    ones by neighbour and image.

    Parameters
    ----------
    batch
        n crystals.
    cutoff
        Å, one for all or one for each crystal; above 0.

    Raises
    ------
    InvalidInput
        When a cutoff is not a finite number above 0.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> batch = crystals_from_cells([(3 * np.eye(3), [84], [[0, 0, 0]])]).batch
    >>> neighbours = neighbours_within(batch, 4.3)
    >>> neighbours.counts, neighbours.distance.round(4)[[0, 5, 6]]
    (array([18]), array([3.    , 3.    , 4.2426]))
    """
    from matsluice.tasks.features.neighbours.image_loop import pairs_within  # imports numba

    cutoffs = np.ascontiguousarray(np.broadcast_to(np.asarray(cutoff, dtype=np.float64), (len(batch),)))
    wrong = ~(np.isfinite(cutoffs) & (cutoffs > 0))
    if wrong.any():
        raise InvalidInput(f"a cutoff is {cutoffs[wrong][0]:g} Å; it is a finite number above 0")
    filling = 4.2 * cutoffs**3 / batch.volumes
    boxes = (batch.site_counts >= SITES_FOR_BOXES) & (filling < _CELLS_PER_SPHERE)
    pairs: _Pairs = pairs_within(batch.lattices, batch.offsets, batch.positions, cutoffs, ~boxes)
    for crystal in np.flatnonzero(boxes).tolist():
        pairs = _inserted(pairs, batch.offsets[crystal], _pairs_by_boxes(batch, crystal, cutoffs[crystal]))
    starts, neighbour, image, distance = pairs
    return Neighbours(starts, neighbour, image, distance, np.ones(len(distance)))


_Pairs = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int32]", "NDArray[np.float64]"]


def _pairs_by_boxes(batch: CrystalBatch, crystal: int, cutoff: float) -> _Pairs:
    """Return (counts, neighbour, image, distance) of one crystal's pairs, found by vesin's cell list."""
    from vesin import NeighborList

    from matsluice.tasks.features.neighbours.image_loop import ROUND_OFF, distances_of, triangular

    first, last = batch.offsets[crystal], batch.offsets[crystal + 1]
    lattice, positions = batch.lattices[crystal], batch.positions[first:last]
    # Somewhat farther than asked: the distances, and with them what is within, come from our arithmetic.
    search = NeighborList(cutoff=cutoff + 10 * ROUND_OFF, full_list=True, n_threads=1)
    site, neighbour, image = search.compute(
        points=positions @ lattice, box=lattice, periodic=True, quantities="ijS"
    )
    site, neighbour, image = site.astype(np.int64), neighbour.astype(np.int64), image.astype(np.int32)
    distance = np.empty(len(site))
    distances_of(triangular(lattice), positions, site, neighbour, image, distance)
    within = (distance <= cutoff + ROUND_OFF) & (distance > ROUND_OFF)
    order = np.flatnonzero(within)
    keys = (image[order, 2], image[order, 1], image[order, 0], neighbour[order], distance[order], site[order])
    order = order[np.lexsort(keys)]
    counts = np.bincount(site[order], minlength=last - first)
    return counts, neighbour[order] + first, image[order], distance[order]


def _inserted(pairs: _Pairs, first: int, crystal: _Pairs) -> _Pairs:
    """Return the pairs of a batch with those of one crystal, which had none, put in their place."""
    starts, neighbour, image, distance = pairs
    counts = crystal[0]
    place = starts[first]
    added = np.zeros(len(starts), dtype=np.int64)
    added[first + 1 : first + 1 + len(counts)] = counts
    return (
        starts + np.cumsum(added),
        np.concatenate([neighbour[:place], crystal[1], neighbour[place:]]),
        np.concatenate([image[:place], crystal[2], image[place:]]),
        np.concatenate([distance[:place], crystal[3], distance[place:]]),
    )
