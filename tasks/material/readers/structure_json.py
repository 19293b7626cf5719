"""pymatgen's JSON form of structures as crystals, without making pymatgen objects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from matsluice.tasks.material.cells import CellRefused, ParsedCrystals
from matsluice.tasks.material.readers.cell_lists import CellLists, crystals_from_lists, fractional
from matsluice.tasks.material.readers.cif import lattice_of
from matsluice.tasks.material.readers.species_words import atomic_number
from matsluice.tasks.material.refusal import quoted

_CLASSES = ("Structure", "IStructure")


def read_structure_dicts(structures: Sequence[Mapping[str, Any]]) -> ParsedCrystals:
    """Return what ``Structure.as_dict()`` gives as crystals; oxidation states are left out.

    Species of one element at one site are put together, whatever their charges.

    Returns
    -------
    ParsedCrystals
        Refused: "not a structure", "unknown element", and what `crystals_from_cells` refuses.

    Examples
    --------
    >>> site = {"species": [{"element": "Po", "occu": 1}], "abc": [0, 0, 0]}
    >>> simple = {"lattice": {"matrix": [[3.35, 0, 0], [0, 3.35, 0], [0, 0, 3.35]]}, "sites": [site]}
    >>> read_structure_dicts([simple]).batch.atomic_numbers
    array([84], dtype=int16)
    """
    return crystals_from_lists([cell_of_dict(structure) for structure in structures])


def cell_of_json(text: str) -> CellLists | CellRefused:
    """Return the cell of a JSON text, or why it cannot be read."""
    try:
        structure = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        return CellRefused("unreadable JSON", f"the text is not JSON: {error}")
    if isinstance(structure, list) and len(structure) != 1:
        return CellRefused(
            "several structures", f"the JSON is a list of {len(structure)}; give each its own row"
        )
    return cell_of_dict(structure[0] if isinstance(structure, list) else structure)


def cell_of_dict(structure: Any) -> CellLists | CellRefused:
    """Return the cell of a structure's dictionary, or why it cannot be read."""
    if not isinstance(structure, Mapping) or structure.get("@class", "Structure") not in _CLASSES:
        named = (
            quoted(str(structure["@class"])) if isinstance(structure, Mapping) else type(structure).__name__
        )
        return CellRefused(
            "not a structure", f"the JSON is {named}, not what pymatgen writes for a Structure"
        )
    try:
        lattice = _lattice(structure["lattice"])
        return _cell(lattice, structure["sites"])
    except CellRefused as why:
        return why
    except KeyError as error:
        return CellRefused(
            "not a structure", f"the JSON of the structure has no {quoted(str(error.args[0]))}"
        )
    except (TypeError, ValueError, AttributeError, IndexError):
        return CellRefused("not a structure", "the JSON is not of the form pymatgen writes for a Structure")


def _lattice(given: Mapping[str, Any]) -> list[float]:
    if not all(given.get("pbc", (True,))):
        raise CellRefused("not periodic", f"pbc is {given['pbc']}; a crystal is periodic in all directions")
    if "matrix" not in given:
        return lattice_of(*(float(given[name]) for name in ("a", "b", "c", "alpha", "beta", "gamma")))
    lattice = [float(component) for vector in given["matrix"] for component in vector]
    if len(lattice) != 9:
        raise CellRefused("not a structure", f"the lattice's matrix has {len(lattice)} numbers; it has nine")
    return lattice


def _cell(lattice: list[float], sites: Sequence[Mapping[str, Any]]) -> CellLists:
    numbers: list[int] = []
    positions: list[float] = []
    occupancies: list[float] = []
    for site in sites:
        filled: dict[int, float] = {}
        for species in site["species"]:
            number = atomic_number(str(species["element"]))
            filled[number] = filled.get(number, 0.0) + float(species["occu"])
        place = [float(x) for x in site["abc"]] if "abc" in site else fractional(site["xyz"], lattice)
        if len(place) != 3:
            raise CellRefused("not a structure", f"a site has {len(place)} coordinates; it has three")
        for number, occupancy in filled.items():
            numbers.append(number)
            positions += place
            occupancies.append(occupancy)
    return CellLists(lattice, numbers, positions, occupancies)
