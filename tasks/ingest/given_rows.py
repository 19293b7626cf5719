"""Materials that a program hands over, as rows of a source."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.source_batch import Refusal, SourceBatch
from matsluice.tasks.material import reduced_formulas
from matsluice.tasks.material.cells import CellRefused

if TYPE_CHECKING:
    from matsluice.tasks.material import ParsedCrystals
    from matsluice.tasks.material.materials import Needs
    from matsluice.tasks.material.readers.cell_lists import CellLists


def rows_of(materials: Sequence[object], needs: Collection[Needs]) -> SourceBatch:
    """Return given materials as rows, numbered by their place.

    Parameters
    ----------
    materials
        Formulas; texts of structures, pymatgen Structures or their dictionaries, of which the composition is taken
        where no structure is needed; paths of electronic-structure files where those are.
    needs
        What is to be computed from.

    Raises
    ------
    InvalidInput
        One material stands where several are expected, or more is needed than one text can give.
    """
    if isinstance(materials, str) or hasattr(materials, "lattice"):
        raise InvalidInput("one material is given where several are expected: put it into a list")
    ids = [str(row) for row in range(len(materials))]
    places = [f"material {row}" for row in range(len(materials))]
    given = ["" if _is_missing(one) else one for one in materials]
    if "electronic" in needs:
        if "structure" in needs or "composition" in needs:
            raise InvalidInput(
                "this model needs electronic structures and formulas or crystals: give it a table with columns of both"
            )
        return SourceBatch(ids, places, [""] * len(ids), electronic=[str(one) for one in given])
    if "structure" in needs:
        return SourceBatch(ids, places, [""] * len(ids), crystals=_crystals(given))
    formulas, refusals = _formulas(given)
    return SourceBatch(ids, places, formulas, refusals=refusals)


def _formulas(given: Sequence[Any]) -> tuple[list[str], dict[int, Refusal]]:
    """Return the formula of each material, a structure's by its sites, and why one has none."""
    structures = [row for row, one in enumerate(given) if _is_structure(one)]
    formulas = ["" if _is_structure(one) else str(one) for one in given]
    if not structures:
        return formulas, {}
    parsed = _crystals([given[row] for row in structures])
    refusals = {structures[one.row]: Refusal(one.reason, one.detail) for one in parsed.refused}
    found = reduced_formulas(parsed.batch.compositions())
    for place, formula in zip(parsed.rows.tolist(), found, strict=True):
        formulas[structures[place]] = formula
    return formulas, refusals


def _is_structure(one: Any) -> bool:
    """Return whether a material is a structure rather than a formula, which has one line and begins with no brace."""
    if isinstance(one, str):
        return one.lstrip()[:1] == "{" or len(one.strip().splitlines()) > 1
    return isinstance(one, dict) or hasattr(one, "sites")


def _is_missing(one: object) -> bool:
    # None, NaN and pandas' NA and NaT, which are what tables have where nothing stands.
    return (
        one is None or (isinstance(one, float) and isnan(one)) or type(one).__name__ in ("NAType", "NaTType")
    )


def _crystals(given: Sequence[Any]) -> ParsedCrystals:
    from matsluice.tasks.material.readers.cell_lists import crystals_from_lists

    return crystals_from_lists([_cell(one) for one in given])


def _cell(one: Any) -> CellLists | CellRefused:
    from matsluice.tasks.material.readers.cell_lists import CellLists
    from matsluice.tasks.material.readers.structure_json import cell_of_dict
    from matsluice.tasks.material.readers.structure_text import cell_of_text
    from matsluice.tasks.material.structures import cell_of_structure

    if isinstance(one, str):
        return cell_of_text(one)
    if isinstance(one, dict):
        return cell_of_dict(one)
    if not (hasattr(one, "lattice") and hasattr(one, "sites")):
        return CellRefused("not a structure", f"an object of type {type(one).__name__} is no structure")
    cell = cell_of_structure(one)
    if isinstance(cell, CellRefused):
        return cell
    lattice, numbers, positions, occupancies = cell
    return CellLists(lattice.ravel().tolist(), numbers, positions.ravel().tolist(), occupancies)
