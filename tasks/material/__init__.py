"""What a material is: its composition or crystal, its key, and how it is read."""

from matsluice.tasks.material.batch import CompositionBatch, concatenate
from matsluice.tasks.material.cells import CellRefused, ParsedCrystals, crystals_from_cells
from matsluice.tasks.material.compositions import batch_from_compositions
from matsluice.tasks.material.crystals import CrystalBatch, concatenate_crystals
from matsluice.tasks.material.formulas import ParsedFormulas, Refusal, parse_formulas
from matsluice.tasks.material.identity import material_keys, reduced_formulas
from matsluice.tasks.material.structures import crystals_from_structures

__all__ = [
    "CellRefused",
    "CompositionBatch",
    "CrystalBatch",
    "ParsedCrystals",
    "ParsedFormulas",
    "Refusal",
    "batch_from_compositions",
    "concatenate",
    "concatenate_crystals",
    "crystals_from_cells",
    "crystals_from_structures",
    "material_keys",
    "parse_formulas",
    "reduced_formulas",
]
