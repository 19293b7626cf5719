"""A structure as text of a kind that nobody names: CIF, POSCAR or pymatgen's JSON, told by the content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from matsluice.tasks.material.cells import CellRefused, ParsedCrystals
from matsluice.tasks.material.readers.cell_lists import CellLists, crystals_from_lists
from matsluice.tasks.material.refusal import quoted

Kind = Literal["cif", "poscar", "json"]

_DATA_BLOCK: Final = re.compile(r"^[ \t]*data_", re.IGNORECASE | re.MULTILINE)
_NUMBERS: Final = re.compile(r"[ \t]*[-+]?[\d.][\d.eE+-]*(?:[ \t]+[-+]?[\d.][\d.eE+-]*){2}")


def kind_of(text: str) -> Kind | None:
    r"""Return what kind of structure a text holds; None where it is none of them.

    Examples
    --------
    >>> kind_of("# made by hand\ndata_NaCl\n"), kind_of('{"lattice": {}}'), kind_of("NaCl.cif")
    ('cif', 'json', None)
    """
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return "json"
    lines = text[:4096].splitlines()
    if len(lines) > 4 and all(_NUMBERS.match(line) for line in lines[2:5]):
        return "poscar"
    return "cif" if _DATA_BLOCK.search(text.removeprefix("\ufeff")) else None


def is_path(text: str) -> bool:
    """Return whether a text is the path of a file rather than a structure: one line of no known kind."""
    return 0 < len(text.strip().splitlines()) < 2 and kind_of(text) is None


def cell_of_text(text: str) -> CellLists | CellRefused:
    """Return the cell of a text, or why it cannot be read."""
    # Imported here, so that a table of POSCARs needs no gemmi.
    kind = kind_of(text)
    if kind == "json":
        from matsluice.tasks.material.readers.structure_json import cell_of_json

        return cell_of_json(text)
    if kind == "poscar":
        from matsluice.tasks.material.readers.poscar import cell_of_poscar

        return cell_of_poscar(text)
    if kind == "cif":
        from matsluice.tasks.material.readers.cif import cell_of_cif

        return cell_of_cif(text)
    if not text.strip():
        return CellRefused("no structure", "the structure is empty")
    return CellRefused("unreadable structure", f"{quoted(text.strip())} is no CIF, POSCAR or pymatgen JSON")


def read_structures(structures: Sequence[object]) -> ParsedCrystals:
    """Return structures as crystals, each one material: texts of any of the kinds, pymatgen's or their dictionaries.

    Examples
    --------
    >>> read_structures(["NaCl"]).refused[0].reason
    'unreadable structure'
    """
    return crystals_from_lists([_cell(one) for one in structures])


def _cell(one: object) -> CellLists | CellRefused:
    if isinstance(one, str):
        return cell_of_text(one)
    from matsluice.tasks.material.readers.structure_json import cell_of_dict

    as_dict = getattr(one, "as_dict", None)
    return cell_of_dict(as_dict() if callable(as_dict) else one)
