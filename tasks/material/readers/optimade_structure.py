"""Structures as OPTIMADE gives them, as crystals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Any, Final

from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.elements import SYMBOLS
from matsluice.tasks.material.readers.cell_lists import CellLists, fractional
from matsluice.tasks.material.readers.species_words import atomic_number
from matsluice.tasks.material.refusal import quoted

# What is asked for of every structure (OPTIMADE 1.1, doi:10.1038/s41597-021-00974-z).
STRUCTURE_FIELDS: Final = (
    "lattice_vectors",
    "cartesian_site_positions",
    "species_at_sites",
    "species",
    "dimension_types",
    "nperiodic_dimensions",
    "structure_features",
)
# Features of structures that a crystal of sites with occupancies cannot tell → what they are.
_BEYOND_SITES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "assemblies": "sites that are filled together or not at all",
        "unknown_positions": "sites without a position",
        "site_attachments": "atoms attached to sites, without a position",
        "implicit_atoms": "atoms that stand at no site",
    }
)
# Share by which a mass may differ from the element's: rounding, and no isotope that anybody would enrich for.
_MASS_TOLERANCE: Final = 0.01
# What rounded concentrations of one species may add up to beyond 1.
_CONCENTRATION_TOLERANCE: Final = 0.01


def cell_of_attributes(attributes: Any) -> CellLists | CellRefused:
    """Return the cell that the attributes of an OPTIMADE structure describe, or why they describe none.

    A species of several elements is a disordered site; a vacancy among them leaves it partly empty, as an
    occupancy in a CIF does.

    Returns
    -------
    CellLists or CellRefused
        Refused: what stands in `structure_features` but "disorder"; "not periodic", "no cell", "isotope",
        "unknown element", "occupancy out of range", "not a structure".

    Examples
    --------
    >>> cell = cell_of_attributes({
    ...     "lattice_vectors": [[4, 0, 0], [0, 4, 0], [0, 0, 4]],
    ...     "cartesian_site_positions": [[0, 0, 0], [2, 2, 2]],
    ...     "species_at_sites": ["Cs", "Cl"],
    ...     "species": [
    ...         {"name": name, "chemical_symbols": [name], "concentration": [1.0]} for name in ("Cs", "Cl")
    ...     ],
    ... })
    >>> cell.atomic_numbers, cell.positions[3:]
    ([55, 17], [0.5, 0.5, 0.5])
    """
    try:
        _refuse_what_sites_cannot_tell(attributes)
        lattice = _lattice(attributes)
        return _cell(attributes, lattice)
    except CellRefused as why:
        return why
    except KeyError as error:
        return CellRefused("not a structure", f"the entry has no {quoted(str(error.args[0]))}")
    except (TypeError, ValueError, AttributeError, IndexError):
        return CellRefused(
            "not a structure", "the entry is not of the form OPTIMADE describes for structures"
        )


def _refuse_what_sites_cannot_tell(attributes: Mapping[str, Any]) -> None:
    for feature in attributes.get("structure_features") or ():
        if feature in _BEYOND_SITES:
            raise CellRefused(feature.replace("_", " "), f"the structure has {_BEYOND_SITES[feature]}")
    dimensions = attributes.get("dimension_types") or [1, 1, 1]
    number = attributes.get("nperiodic_dimensions")
    if list(dimensions) != [1, 1, 1] or number not in (None, 3):
        found = sum(dimensions) if number is None else number
        raise CellRefused(
            "not periodic", f"it is periodic in {found} directions; a crystal is periodic in three"
        )


def _lattice(attributes: Mapping[str, Any]) -> list[float]:
    vectors = attributes["lattice_vectors"]
    if not vectors or any(x is None for vector in vectors for x in vector):
        raise CellRefused("no cell", "the structure has no lattice vectors")
    lattice = [float(x) for vector in vectors for x in vector]
    if len(lattice) != 9:
        raise CellRefused("no cell", f"the lattice vectors have {len(lattice)} numbers; they have nine")
    return lattice


def _cell(attributes: Mapping[str, Any], lattice: list[float]) -> CellLists:
    species = {str(one["name"]): _filling(one) for one in attributes["species"] or ()}
    names = attributes["species_at_sites"]
    places = attributes["cartesian_site_positions"]
    if len(names) != len(places) or any(len(place) != 3 for place in places):
        raise CellRefused("wrong number of sites", f"{len(names)} species and {len(places)} positions")
    positions = fractional([float(x) for x in chain.from_iterable(places)], lattice)
    numbers: list[int] = []
    kept: list[float] = []
    occupancies: list[float] = []
    for site, name in enumerate(names):
        if name not in species:
            raise CellRefused(
                "not a structure", f"the species {quoted(str(name))} of a site is not described"
            )
        for number, occupancy in species[name].items():
            numbers.append(number)
            occupancies.append(occupancy)
            kept += positions[3 * site : 3 * site + 3]
    return CellLists(lattice, numbers, kept, occupancies)


def _filling(species: Mapping[str, Any]) -> dict[int, float]:
    """Return atomic number → share of the cells in which it stands at a site of this species."""
    name = quoted(str(species["name"]))
    symbols: Sequence[str] = species["chemical_symbols"]
    if species.get("attached"):
        raise CellRefused("site attachments", f"the species {name} has atoms attached, without a position")
    masses = species.get("mass") or [None] * len(symbols)
    filling: dict[int, float] = {}
    for symbol, share, mass in zip(symbols, species["concentration"], masses, strict=True):
        if symbol == "vacancy" or not share:
            continue
        if symbol == "X":
            raise CellRefused("unknown element", f"the species {name} holds an element that is not known")
        number = atomic_number(symbol)
        if mass is not None and abs(float(mass) / _mass(number) - 1) > _MASS_TOLERANCE:
            raise CellRefused(
                "isotope",
                f"the species {name} holds {symbol} of mass {float(mass):g} u; a material here has no isotopes",
            )
        filling[number] = filling.get(number, 0.0) + float(share)
    if sum(filling.values()) > 1 + _CONCENTRATION_TOLERANCE:
        raise CellRefused(
            "occupancy out of range", f"the concentrations of the species {name} add up to more than 1"
        )
    return filling


@cache
def _mass(number: int) -> float:
    from pymatgen.core.periodic_table import Element

    return float(Element(SYMBOLS[number]).atomic_mass)
