"""What a material is: its canonical composition, its key, and how a formula is read."""

from matsluice.tasks.material.batch import CompositionBatch, concatenate
from matsluice.tasks.material.compositions import batch_from_compositions
from matsluice.tasks.material.formulas import ParsedFormulas, Refusal, parse_formulas
from matsluice.tasks.material.identity import material_keys, reduced_formulas

__all__ = [
    "CompositionBatch",
    "ParsedFormulas",
    "Refusal",
    "batch_from_compositions",
    "concatenate",
    "material_keys",
    "parse_formulas",
    "reduced_formulas",
]
