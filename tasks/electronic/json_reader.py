"""pymatgen's JSON: which object it is, and the arrays in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from matsluice.tasks.electronic.band_structure_reader import record_from_band_structure
from matsluice.tasks.electronic.dos_reader import record_from_dos
from matsluice.tasks.electronic.record import CannotRead, ElectronicRecord

_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], ElectronicRecord]]] = {
    "BandStructure": record_from_band_structure,
    "BandStructureSymmLine": record_from_band_structure,
    "Dos": record_from_dos,
    "CompleteDos": record_from_dos,
}


def record_from_json(text: str) -> ElectronicRecord:
    """Return the record of a pymatgen object's JSON, as its ``as_dict`` or ``to_json`` gives it.

    Raises
    ------
    CannotRead
        It is no JSON, another object, or one with a part missing.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CannotRead("no JSON", f"the text is no JSON, or is cut off: {error}") from error
    if not isinstance(content, dict):
        raise CannotRead("wrong JSON", "the JSON is no object of pymatgen: it must be a dictionary")
    name = _class_of(content)
    reader = _READERS.get(name)
    if reader is None:
        what = f"of {name}" if name else 'without "@class"'
        raise CannotRead("wrong JSON", f"JSON {what} is not read; allowed: {', '.join(_READERS)}")
    try:
        return reader(content)
    except KeyError as error:
        raise CannotRead("wrong JSON", f"the JSON of {name} lacks {error}") from error
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise CannotRead("wrong JSON", f"the JSON of {name} does not hold what it should: {error}") from error


def _class_of(content: Mapping[str, Any]) -> str:
    """Return the object's class; files of earlier pymatgen versions do not name it but have its keys."""
    if "@class" in content:
        return str(content["@class"])
    if {"kpoints", "bands", "lattice_rec"} <= content.keys():
        return "BandStructure"
    return "Dos" if {"energies", "densities", "efermi"} <= content.keys() else ""
