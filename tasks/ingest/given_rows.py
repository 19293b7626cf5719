"""Materials that a program hands over, as rows of a source."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.source_batch import SourceBatch

if TYPE_CHECKING:
    from matsluice.tasks.material import ParsedCrystals
    from matsluice.tasks.material.materials import Needs


def rows_of(materials: Sequence[object], needs: Collection[Needs]) -> SourceBatch:
    """Return given materials as rows, numbered by their place.

    Parameters
    ----------
    materials
        Formulas; texts of structures or pymatgen Structures where structures are needed; paths of
        electronic-structure files where those are.
    needs
        What is to be computed from.

    Raises
    ------
    InvalidInput
        More is needed than one text can give.
    """
    ids = [str(row) for row in range(len(materials))]
    places = [f"material {row}" for row in range(len(materials))]
    texts = ["" if one is None or one != one else one for one in materials]  # noqa: PLR0124 - NaN, as tables have it
    if "electronic" in needs:
        if "structure" in needs or "composition" in needs:
            raise InvalidInput(
                "this model needs electronic structures and formulas or crystals: give it a table with columns of both"
            )
        return SourceBatch(ids, places, [""] * len(ids), electronic=[str(text) for text in texts])
    if "structure" in needs:
        return SourceBatch(ids, places, [""] * len(ids), crystals=_crystals(texts))
    return SourceBatch(ids, places, texts)  # type: ignore[arg-type]


def _crystals(given: Sequence[Any]) -> ParsedCrystals:
    from matsluice.tasks.material import crystals_from_cells
    from matsluice.tasks.material.readers.structure_text import read_structures
    from matsluice.tasks.material.structures import cell_of_structure

    if any(hasattr(one, "lattice") for one in given):
        return crystals_from_cells(cell_of_structure(one) for one in given)
    return read_structures([str(one) for one in given])
