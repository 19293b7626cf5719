"""The neighbours at a site's shortest distance, and those up to a tenth farther."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matsluice.tasks.features.neighbours.neighbours import Neighbours

if TYPE_CHECKING:
    from matsluice.tasks.material import CrystalBatch

TOLERANCE: Final = 0.1


def minimum_distance_neighbours(batch: CrystalBatch) -> Neighbours:
    """Return for each site the atoms nearer than 1.1 times the nearest one.

    Equal to pymatgen's ``MinimumDistanceNN(tol=0.1)``, with its weights: the shortest distance over this one.
    pymatgen looks no farther than 10 Å and fails where nobody is within; here every site has neighbours, at any
    distance, because every atom has its own periodic images. The rule is not symmetric: a site may be a
    neighbour of one that is none of its own.

    Examples
    --------
    >>> import numpy as np
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> rock_salt = (2.8 * (1 - np.eye(3)), [11, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> minimum_distance_neighbours(crystals_from_cells([rock_salt]).batch).counts
    array([6, 6])
    """
    from matsluice.tasks.features.neighbours.nearest_loop import nearest_pairs  # imports numba

    return Neighbours(*nearest_pairs(batch.lattices, batch.offsets, batch.positions, TOLERANCE))
