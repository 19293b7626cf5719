"""CrystalNN: the bonds of the most likely coordination number, from Voronoi cells, radii, electronegativities."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.composition.element_table import ElementTable
from matsluice.tasks.features.neighbours.neighbours import Neighbours
from matsluice.tasks.features.neighbours.voronoi import VoronoiCells, voronoi_cells
from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER

if TYPE_CHECKING:
    from matsluice.tasks.material import CrystalBatch

ELECTRONEGATIVITY_WEIGHT: Final = 3.0


@cache  # the tables are read once in a process
def radius_and_electronegativity() -> ElementTable:
    """Return covalent radii (Å; Cordero 2008, doi:10.1039/b801115j) and Pauling's electronegativities."""
    from pymatgen.analysis.molecule_structure_comparator import CovalentRadius
    from pymatgen.core.periodic_table import Element

    values = np.full((LAST_ATOMIC_NUMBER + 1, 2), np.nan)
    for z in range(1, LAST_ATOMIC_NUMBER + 1):
        element = Element.from_Z(z)
        values[z, 0] = CovalentRadius.radius.get(element.symbol, np.nan)
        # From the data, because the attribute warns where there is no value.
        values[z, 1] = element.data.get("X") or np.nan
    return ElementTable(("covalent_radius", "electronegativity"), values)


def crystal_nn_neighbours(batch: CrystalBatch) -> Neighbours:
    """Return the bonds of each site at its most likely coordination number; a site may have none.

    Equal to pymatgen's ``CrystalNN()`` for structures without oxidation states
    (doi:10.1021/acs.inorgchem.0c02996): every face of the Voronoi cell weighs by its solid angle, corrected for
    open structures, by the difference of the electronegativities, and less beyond the sum of the covalent radii;
    an element without electronegativity, or without radius (from Bk on), is not corrected for. All bonds weigh 1.

    Parameters
    ----------
    batch
        n ordered crystals.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> rock_salt = (2.8 * (1 - np.eye(3)), [11, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> crystal_nn_neighbours(crystals_from_cells([rock_salt]).batch).counts
    array([6, 6])
    """
    return bonds_of_cells(batch, voronoi_cells(batch))


def bonds_of_cells(batch: CrystalBatch, cells: VoronoiCells) -> Neighbours:
    """Return what `crystal_nn_neighbours` does, of Voronoi cells found before.

    Parameters
    ----------
    batch
        n ordered crystals.
    cells
        Theirs.
    """
    from matsluice.tasks.features.neighbours.crystal_nn_kernel import most_likely  # imports numba

    radii, negativity = np.ascontiguousarray(radius_and_electronegativity().values.T)
    chosen = most_likely(
        cells.starts,
        cells.neighbour,
        cells.distance,
        cells.area,
        cells.solid_angle,
        batch.atomic_numbers,
        radii,
        negativity,
        ELECTRONEGATIVITY_WEIGHT,
    )
    starts = np.concatenate([[0], np.cumsum(chosen)])[cells.starts]
    distance = cells.distance[chosen]
    return Neighbours(starts, cells.neighbour[chosen], cells.image[chosen], distance, np.ones_like(distance))
