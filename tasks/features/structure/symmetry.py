"""structure.symmetry: space group, crystal system, point group and symmetry-distinct sites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.graph.cell import Cell, Sites, cell_of, sites_of
from matsluice.tasks.features.graph.reduction import SYMPREC, in_niggli_cell, symmetry_of, without_copies

if TYPE_CHECKING:
    import moyopy
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

NAME: Final = "structure.symmetry"
# Å. Far larger tolerances tell nothing about a crystal, and with 0.5 moyopy may search without end.
LARGEST_SYMPREC: Final = 0.1
# In the order of the International Tables, with the first and last space group of each.
SYSTEMS: Final = {
    "triclinic": (1, 2),
    "monoclinic": (3, 15),
    "orthorhombic": (16, 74),
    "tetragonal": (75, 142),
    "trigonal": (143, 167),
    "hexagonal": (168, 194),
    "cubic": (195, 230),
}
_SOURCE: Final = "International Tables for Crystallography A, doi:10.1107/97809553602060000114; found by moyo"
_COLUMNS: Final = (
    ("space_group_number", "number of the space group, 1 to 230"),
    (
        "crystal_system",
        "1 triclinic, 2 monoclinic, 3 orthorhombic, 4 tetragonal, 5 trigonal, 6 hexagonal, 7 cubic",
    ),
    *((f"is_{system}", f"1 where the crystal system is {system}, else 0") for system in SYSTEMS),
    (
        "point_group_order",
        "number of operations of the point group, 1 to 48: of the space group, primitive cell",
    ),
    ("symmetry_operations", "number of operations of the space group in its conventional cell, 1 to 192"),
    ("is_centrosymmetric", "1 where the point group has an inversion, else 0"),
    ("is_polar", "1 where the point group leaves a direction as it is, else 0"),
    (
        "is_chiral",
        "1 where the space group has rotations and screws only (one of the 65 Sohncke groups), else 0",
    ),
    ("distinct_sites", "number of sites of which no symmetry operation brings one to another"),
    ("distinct_sites_per_site", "distinct sites over the sites of the primitive cell"),
)
_OF_THE_GROUP: Final = len(_COLUMNS) - 2


@dataclass(frozen=True, slots=True, eq=False)
class SymmetryBlock:
    """What the space group says, found within a tolerance.

    Attributes
    ----------
    symprec : float
        Å, how far an atom may stand from where an operation brings another.
    """

    symprec: float

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the table of space groups."""
        return blake2b(space_groups().tobytes(), digest_size=8).hexdigest()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns."""
        within = f"; atoms within {self.symprec:g} Å of where symmetry puts them"
        return tuple(
            Column(f"{NAME}.{name}", "dimensionless", definition + within, _SOURCE)
            for name, definition in _COLUMNS
        )

    def compute(self, batch: CrystalBatch) -> FeatureValues:
        """Return the (n, 16) values. A disordered site is one site; two are alike where they hold the same.

        Symmetry is looked for in the primitive cell, so that the answer does not depend on the cell given.
        """
        values = np.full((len(batch), len(_COLUMNS)), np.nan)
        undefined: dict[int, str] = {}
        for row in range(len(batch)):
            try:
                found, sites = in_primitive_cell(cell_of(batch, row), self.symprec)
            except ValueError as why:  # what moyopy raises
                undefined[row] = f"no space group found within {self.symprec:g} Å ({why})"
                continue
            distinct = len(set(found.orbits))
            values[row, :_OF_THE_GROUP] = space_groups()[found.number - 1]
            values[row, _OF_THE_GROUP:] = distinct, distinct / len(sites.labels)
        return FeatureValues(values, undefined)


def in_primitive_cell(cell: Cell, symprec: float) -> tuple[moyopy.MoyoDataset, Sites]:
    """Return the symmetry of a crystal and the sites of the cell in which it was found."""
    reduced = in_niggli_cell(cell)
    sites = sites_of(reduced)
    found = symmetry_of(reduced.lattice, reduced.positions[sites.first], sites.labels, symprec)
    primitive = without_copies(reduced, sites, found)
    if primitive is reduced:  # as most crystals are written: one search is enough
        return found, sites
    reduced = in_niggli_cell(primitive)
    sites = sites_of(reduced)
    return symmetry_of(reduced.lattice, reduced.positions[sites.first], sites.labels, symprec), sites


@cache
def space_groups() -> NDArray[np.float64]:
    """Return the (230, 14) columns that follow from the space group's number, derived from its operations."""
    from moyopy import operations_from_number

    table = np.zeros((230, _OF_THE_GROUP))
    for number in range(1, 231):
        rotations = np.array(operations_from_number(number).rotations)
        point_group = np.unique(rotations, axis=0)
        system = next(place for place, (_, last) in enumerate(SYSTEMS.values(), start=1) if number <= last)
        # The mean of all operations projects onto the directions they leave as they are.
        table[number - 1] = (
            number,
            system,
            *(system == place for place in range(1, 8)),
            len(point_group),
            len(rotations),
            (point_group == -np.eye(3)).all(axis=(1, 2)).any(),
            point_group.sum(axis=0).any(),
            (np.linalg.det(point_group) > 0).all(),
        )
    return table


@cache
def make(symprec: float = SYMPREC) -> SymmetryBlock:
    """Return the block.

    Parameters
    ----------
    symprec : float
        Å, above 0 and at most 0.1. A crystal distorted by about as much has one group or its supergroup.

    Raises
    ------
    InvalidInput
        For another value.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> salt = crystals_from_cells([(4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])]).batch
    >>> make().compute(salt).values[0, 0]
    np.float64(221.0)
    """
    if not (isfinite(symprec) and 0 < symprec <= LARGEST_SYMPREC):
        raise InvalidInput(
            f"symprec is {symprec!r}; it is above 0 and at most {LARGEST_SYMPREC:g} Å: 0.01 is usual"
        )
    return SymmetryBlock(float(symprec))
