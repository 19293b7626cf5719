"""A structure with what its file calls each site."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.elements import SYMBOLS
from matsluice.tasks.material.readers.cell_lists import CellLists
from matsluice.tasks.material.readers.structure_text import cell_of_text, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class LabelledCell(NamedTuple):
    """A cell, and the label of each of its sites: "O1"."""

    cell: CellLists
    labels: tuple[str, ...]


def labelled_cell_of_text(text: str) -> LabelledCell:
    r"""Return the cell of a CIF, POSCAR or pymatgen JSON with its labels.

    A CIF's labels are those of its table of sites, which all images of a site share; JSON's are the sites' own.
    Where there are none, sites are numbered by element: Ca1, O1, O2, …

    Raises
    ------
    CellRefused
        The text holds no structure, or not just one.

    Examples
    --------
    >>> poscar = "CsCl\n4.12\n1 0 0\n0 1 0\n0 0 1\nCs Cl\n1 1\nDirect\n0 0 0\n.5 .5 .5\n"
    >>> labelled_cell_of_text(poscar).labels
    ('Cs1', 'Cl1')
    """
    cell = cell_of_text(text)
    if isinstance(cell, CellRefused):
        raise cell
    kind = kind_of(text)
    given = _cif_labels(text, cell) if kind == "cif" else _json_labels(text) if kind == "json" else []
    return LabelledCell(cell, tuple(given) if len(given) == len(cell.atomic_numbers) else _numbered(cell))


def _numbered(cell: CellLists) -> tuple[str, ...]:
    seen: Counter[int] = Counter()
    labels = []
    for number in cell.atomic_numbers:
        seen[number] += 1
        labels.append(f"{SYMBOLS[number]}{seen[number]}")
    return tuple(labels)


def _json_labels(text: str) -> list[str]:
    structure: Any = json.loads(text.removeprefix("\ufeff"))
    structure = structure[0] if isinstance(structure, list) else structure
    labels = [site.get("label") for site in structure["sites"]]
    # pymatgen writes the species' name where nobody has named the site, which tells no more than the element.
    return [] if None in labels else [str(label) for label in labels]


def _cif_labels(text: str, cell: CellLists) -> list[str]:
    from gemmi import cif

    from matsluice.tasks.material.readers.cif import blocks_with_atoms, independent_sites

    ((block, table),) = blocks_with_atoms(text)
    if table.layout.label is None:
        return []
    names = [cif.as_string(label) for label in table.column(table.layout.label)]
    independent, operations = independent_sites(block, table)
    images = _images(independent.positions, operations.rotations, operations.translations)
    return [names[_nearest(images, site)] for site in np.reshape(cell.positions, (-1, 3))]


def _images(
    positions: Sequence[float], rotations: NDArray[np.float64], translations: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return every image of every site, (sites, operations, 3)."""
    sites = np.reshape(np.array(positions, dtype=np.float64), (-1, 3))
    images: NDArray[np.float64] = np.einsum("kij,sj->ski", rotations, sites) + translations
    return images


def _nearest(images: NDArray[np.float64], site: NDArray[np.float64]) -> int:
    """Return the independent site of which an image is nearest."""
    apart = images - site
    apart -= np.round(apart)
    return int(np.abs(apart).max(axis=2).min(axis=1).argmin())
