"""Which crystals belong together: those of one structure prototype, or of one space group."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.graph.cell import Cell, cell_of
from matsluice.tasks.features.graph.reduction import SYMPREC
from matsluice.tasks.features.structure.symmetry import in_primitive_cell
from matsluice.tasks.material.materials_columns import VALUE_COLUMNS, materials_of
from matsluice.tasks.material.materials_file import read_materials
from matsluice.tasks.split.divided_rows import each_material

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from matsluice.tasks.split.divided_rows import DividedRows

BATCH: Final = 4096
# Space groups that are mirror images of each other: a crystal and its image have the same scalar properties.
MIRRORED: Final = {
    78: 76, 95: 91, 96: 92, 145: 144, 153: 151, 154: 152, 170: 169, 172: 171, 179: 178, 181: 180, 213: 212,
}  # fmt: skip


def by_space_group(rows: DividedRows) -> NDArray[np.str_]:
    """Return the space group of each row's crystal, (n,), mirror images as one: "space group 225"."""
    return _labelled(rows, space_group)


def by_structure_prototype(rows: DividedRows) -> NDArray[np.str_]:
    """Return the structure prototype of each row's crystal, (n,): see `prototype`."""
    return _labelled(rows, prototype)


def space_group(cell: Cell) -> str:
    """Return the space group's number in words.

    Raises
    ------
    ValueError
        None is found within the tolerance.
    """
    found, _ = in_primitive_cell(cell, SYMPREC)
    return f"space group {MIRRORED.get(found.number, found.number)}"


def prototype(cell: Cell) -> str:
    """Return the structure prototype: the space group, and for each kind of atom its orbits in the primitive cell.

    An orbit is told by its site symmetry, and not by its Wyckoff letter: letters depend on the choice of the origin,
    so one structure has several sets of them. So a label may be shared by prototypes that differ in free
    parameters of their sites only, and no prototype is ever parted. Kinds have no names: rock salt is one prototype
    whatever it is made of (AFLOW's prototypes: Mehl et al. 2017, doi:10.1016/j.commatsci.2017.01.017).

    Raises
    ------
    ValueError
        No space group is found within the tolerance.

    Examples
    --------
    >>> lattice, positions = 2.8 * (1 - np.eye(3)), np.array([[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> [prototype(Cell(lattice, np.array(z, dtype=np.int16), positions, np.ones(2))) for z in ([11, 17], [8, 12])]
    ['225: 1 -3mm | 1 -3mm', '225: 1 -3mm | 1 -3mm']
    """
    found, sites = in_primitive_cell(cell, SYMPREC)
    kinds: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for place, label in enumerate(sites.labels.tolist()):
        kinds[label][found.orbits[place]] += 1
    described = [
        sorted(f"{count} {_turned(found.site_symmetry_symbols[orbit])}" for orbit, count in orbits.items())
        for orbits in kinds.values()
    ]
    number = MIRRORED.get(found.number, found.number)
    return f"{number}: " + " | ".join(", ".join(orbits) for orbits in sorted(described))


def _turned(symbol: str) -> str:
    """Return a site symmetry without the directions of its elements, which depend on how the axes are named.

    >>> _turned("m.2m"), _turned("2mm")
    ('2mm', '2mm')
    """
    return "".join(sorted(symbol.replace(".", "")))


def _labelled(rows: DividedRows, describe: Callable[[Cell], str]) -> NDArray[np.str_]:
    materials, first = np.unique(rows.material, return_index=True)
    formulas = rows.formulas[first].tolist()
    labels: list[str] = []
    for start in range(0, len(materials), BATCH):
        some = materials[start : start + BATCH]
        table = read_materials(rows.known.file("materials_file"), some, VALUE_COLUMNS["structure"])
        held = materials_of(table, ("structure",))
        assert held is not None
        assert held.crystals is not None
        for row in range(len(some)):
            try:
                labels.append(describe(cell_of(held.crystals, row)))
            except ValueError:  # what moyopy raises: such a crystal stays with those of its composition
                labels.append(f"no space group, {formulas[len(labels)]}")
    return np.asarray(each_material(rows.material, np.array(labels)))
