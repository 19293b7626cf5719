"""CIF texts as crystals: symmetry expanded, disorder and partial occupancy as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from gemmi import cif

from matsluice.tasks.material.cells import CellRefused, ParsedCrystals, refuse_too_many
from matsluice.tasks.material.readers.cell_lists import CellLists, crystals_from_lists
from matsluice.tasks.material.readers.cif_sites import SiteTable, site_table, sites_of
from matsluice.tasks.material.readers.expansion import expanded
from matsluice.tasks.material.readers.symmetry_operations import Operations, stated_operations
from matsluice.tasks.material.refusal import quoted

_CELL: Final = (
    "_cell_length_a", "_cell_length_b", "_cell_length_c",
    "_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma",
)  # fmt: skip


def read_cifs(texts: Sequence[str]) -> ParsedCrystals:
    """Return CIF texts as crystals, each text one material.

    Sites are expanded by the symmetry operations the text states (`stated_operations`). The cell stands with
    its first vector along x and its second in the x-y plane, to which Cartesian coordinates refer too.
    Occupancies that are not given are 1, as the CIF dictionary says; oxidation states are left out.

    Parameters
    ----------
    texts
        CIF 1.1 or 2.0, as text; data blocks without atoms are passed over.

    Returns
    -------
    ParsedCrystals
        Refused: "unreadable CIF", "no structure", "several structures", "no cell", "no coordinates", "unknown
        element", "ambiguous element", what `stated_operations` and `expanded` refuse, and what
        `crystals_from_cells` refuses.

    Examples
    --------
    >>> text = '''data_CsCl
    ... _cell_length_a 4.123(1)
    ... _cell_length_b 4.123(1)
    ... _cell_length_c 4.123(1)
    ... _cell_angle_alpha 90
    ... _cell_angle_beta 90
    ... _cell_angle_gamma 90
    ... loop_
    ... _atom_site_label
    ... _atom_site_fract_x
    ... _atom_site_fract_y
    ... _atom_site_fract_z
    ... Cs1 0 0 0
    ... Cl1 1/2 1/2 1/2
    ... '''
    >>> read_cifs([text]).refused[0].detail
    'the site "Cl1" has the coordinates 1/2, 1/2, 1/2; they are decimal numbers'
    >>> read_cifs([text.replace("1/2", "0.5")]).batch.atomic_numbers
    array([55, 17], dtype=int16)
    """
    return crystals_from_lists([cell_of_cif(text) for text in texts])


def cells_of_cif(text: str) -> list[tuple[str, CellLists | CellRefused]]:
    """Return the name and the cell of each data block that has atoms, or one refusal for the whole text."""
    try:
        return [(block.name, _cell(block, table)) for block, table in blocks_with_atoms(text)]
    except CellRefused as why:
        return [("", why)]


def cell_of_cif(text: str) -> CellLists | CellRefused:
    """Return the cell of a CIF with one structure, or why it cannot be read."""
    try:
        blocks = blocks_with_atoms(text)
    except CellRefused as why:
        return why
    if len(blocks) > 1:
        names = ", ".join(block.name for block, _ in blocks[:5]) + (", …" if len(blocks) > 5 else "")
        return CellRefused(
            "several structures", f"the CIF holds {len(blocks)} structures ({names}); give each its own row"
        )
    return _cell(*blocks[0])


def blocks_with_atoms(text: str) -> list[tuple[cif.Block, SiteTable]]:
    """Return each data block that has atoms, with its table of sites.

    Raises
    ------
    CellRefused
        "unreadable CIF", "no structure".
    """
    try:
        document = cif.read_string(text[1:] if text[:1] == "\ufeff" else text, 0)
        # gemmi's own check of every tag takes a fifth of the reading, so it is made where there is a suspicion.
        if text.count(_CELL[0]) > len(document):
            document.check_for_duplicates()
    except (ValueError, RuntimeError) as error:  # gemmi raises the one or the other
        what = str(error).removeprefix("string:").partition("\n")[0]
        raise CellRefused("unreadable CIF", f"the text is not a CIF: at {quoted(what)}") from None
    blocks = [
        (block, table)
        for place in range(len(document))  # gemmi's own iteration takes ten times as long for one block
        if (table := site_table(block := document[place]))
    ]
    if not blocks:
        what = "no data block has atoms" if len(document) else "it has no data block"
        raise CellRefused("no structure", f"the CIF holds no structure: {what}")
    return blocks


def _cell(block: cif.Block, table: SiteTable) -> CellLists | CellRefused:
    try:
        cell, operations = independent_sites(block, table)
        if len(operations.rotations) == 1 and cell.occupancies.count(1.0) == len(cell.occupancies):
            return cell
        return expanded(cell, operations)
    except CellRefused as why:
        return why


def independent_sites(block: cif.Block, table: SiteTable) -> tuple[CellLists, Operations]:
    """Return the sites of a data block as they are listed, and the operations that make all of them.

    Raises
    ------
    CellRefused
        As `read_cifs` says.
    """
    parameters = [cif.as_number(block.find_value(tag) or "?") for tag in _CELL]
    if not math.isfinite(sum(parameters)):
        parameters = [_cell_parameter(block, tag) for tag in _CELL]
    lattice = lattice_of(*parameters)
    refuse_too_many(len(table.values) // table.layout.width)
    atomic_numbers, positions, occupancies = sites_of(table, lattice)
    operations = stated_operations(block, parameters[3], parameters[5])
    return CellLists(lattice, atomic_numbers, positions, occupancies), operations


def _cell_parameter(block: cif.Block, tag: str) -> float:
    text = block.find_value(tag) or ""
    value = cif.as_number(cif.as_string(text)) if text else math.nan
    if math.isfinite(value):
        return value
    raise CellRefused(
        "no cell", f"{tag} is {quoted(text)}, not a number" if text else f"the CIF has no {tag}"
    )


def lattice_of(a: float, b: float, c: float, alpha: float, beta: float, gamma: float) -> list[float]:
    """Return lattice vectors, the first along x, the second in the x-y plane, from lengths (Å) and angles (°).

    Raises
    ------
    CellRefused
        No cell has these lengths and angles.

    Examples
    --------
    >>> [round(x, 6) for x in lattice_of(2.0, 2.0, 3.0, 90, 90, 120)]
    [2.0, 0.0, 0.0, -1.0, 1.732051, 0.0, 0.0, 0.0, 3.0]
    """
    if alpha == beta == gamma == 90 and a > 0 and b > 0 and c > 0:
        return [a, 0.0, 0.0, 0.0, b, 0.0, 0.0, 0.0, c]
    cos_alpha, cos_beta, cos_gamma = (_cosine(angle) for angle in (alpha, beta, gamma))
    sin_gamma = math.sqrt(max(1 - cos_gamma**2, 0.0))
    # The squared volume of the cell with edges of length 1.
    square = 1 - cos_alpha**2 - cos_beta**2 - cos_gamma**2 + 2 * cos_alpha * cos_beta * cos_gamma
    if min(a, b, c) <= 0 or sin_gamma == 0 or square <= 0:
        raise CellRefused(
            "no volume",
            f"lengths {a:g}, {b:g}, {c:g} Å and angles {alpha:g}, {beta:g}, {gamma:g}° enclose no volume",
        )
    across = (cos_alpha - cos_beta * cos_gamma) / sin_gamma
    height = math.sqrt(square) / sin_gamma
    return [a, 0.0, 0.0, b * cos_gamma, b * sin_gamma, 0.0, c * cos_beta, c * across, c * height]


def _cosine(degrees: float) -> float:
    return 0.0 if degrees == 90 else math.cos(math.radians(degrees))
