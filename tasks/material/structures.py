"""pymatgen structures as crystals: the edge at which objects become arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.material.cells import CellRefused, crystals_from_cells
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pymatgen.core.structure import IStructure

    from matsluice.tasks.material.crystals import CrystalBatch


def crystals_from_structures(structures: Sequence[IStructure]) -> CrystalBatch:
    """Return pymatgen structures as a batch; oxidation states are left out.

    Raises
    ------
    InvalidInput
        For a structure that describes no crystal, naming its row and the reason.

    Examples
    --------
    >>> from pymatgen.core import Lattice, Structure
    >>> salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na+", "Cl-"], [[0, 0, 0], [0.5, 0, 0]])
    >>> crystals_from_structures([salt]).atomic_numbers
    array([11, 11, 11, 11, 17, 17, 17, 17], dtype=int16)
    """
    parsed = crystals_from_cells(cell_of_structure(structure) for structure in structures)
    if parsed.refused:
        first = parsed.refused[0]
        others = len(parsed.refused) - 1
        more = f" ({others} more of {len(structures)} cannot be read either)" if others else ""
        raise InvalidInput(f"material {first.row}: {first.detail}{more}")
    return parsed.batch


def cell_of_structure(
    structure: IStructure,
) -> tuple[NDArray[np.float64], list[int], NDArray[np.float64], list[float]] | CellRefused:
    """Return a structure's lattice, atomic numbers, positions and occupancies, or why it describes no crystal."""
    numbers: list[int] = []
    positions = []
    occupancies: list[float] = []
    for site in structure:
        for species, occupancy in site.species.items():
            symbol = str(getattr(species, "symbol", species))
            name = str(getattr(species, "name", symbol))  # pymatgen's deuterium is an element named D
            if symbol not in ATOMIC_NUMBERS or name in ("D", "T"):
                return CellRefused("unknown element", f'"{name}" is not an element')
            numbers.append(ATOMIC_NUMBERS[symbol])
            positions.append(site.frac_coords)
            occupancies.append(float(occupancy))
    lattice = np.array(structure.lattice.matrix, dtype=np.float64)
    return lattice, numbers, np.array(positions).reshape(-1, 3), occupancies
