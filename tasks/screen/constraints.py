"""What a hit must fulfil beside its objective: whatever does not is left out before anything is predicted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.batch import CompositionBatch

Keep = Callable[["CompositionBatch"], "NDArray[np.bool_]"]
_RULES = "matsluice.tasks.screen.composition_rules"


@dataclass(frozen=True, slots=True)
class ConstraintSpec:
    """One thing that may be required of candidates.

    Attributes
    ----------
    name
        The key in [screen.require]; exclude_elements stands in [screen] itself.
    left
        What is left after it, as a step of the report's funnel.
    make
        "module:function" that makes, of what the campaign asks, a function from n compositions to those that pass,
        (n,); "" where the constraint looks at the prediction.
    """

    name: str
    left: str
    make: str

    def keep(self, asked: Any) -> Keep:
        """Return the function that tells which compositions pass."""
        module, function = self.make.split(":")
        made: Keep = getattr(import_module(module), function)(asked)
        return made


# In the order in which they are asked: a candidate counts for the first that it fails.
CONSTRAINTS: Mapping[str, ConstraintSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            ConstraintSpec("exclude_elements", "Without excluded elements", f"{_RULES}:without"),
            ConstraintSpec("avoid", "Without hazardous elements", f"{_RULES}:without"),
            ConstraintSpec("elements", "Of allowed elements only", f"{_RULES}:only"),
            ConstraintSpec("any_of", "With a wanted element", f"{_RULES}:with_any"),
            ConstraintSpec("elements_count", "With as many elements as wanted", f"{_RULES}:element_count"),
            ConstraintSpec("atoms_count", "With as many atoms as wanted", f"{_RULES}:atom_count"),
            ConstraintSpec("charge_balanced", "Charge-balanced", f"{_RULES}:charge_balanced"),
            ConstraintSpec("min_abundance", "Of abundant elements only", f"{_RULES}:abundant"),
            ConstraintSpec("max_cost", "Of elements cheap enough", f"{_RULES}:cheap"),
            ConstraintSpec("in_domain", "Inside the applicability domain", ""),
        )
    }
)
# The one that looks at the prediction.
IN_DOMAIN = "in_domain"


@dataclass(frozen=True, slots=True)
class Sifted:
    """Which candidates pass, and how many each constraint has left out.

    Attributes
    ----------
    passed
        Places of those that pass, increasing.
    left_out
        Constraint → how many, in the order of `CONSTRAINTS`.
    """

    passed: NDArray[np.int64]
    left_out: dict[str, int]


def sift(compositions: CompositionBatch | None, asked: Sequence[tuple[str, Any]]) -> Sifted:
    """Ask each constraint about the candidates that the earlier ones have left.

    Parameters
    ----------
    compositions
        What n candidates are made of; None where there are none.
    asked
        Constraints with what is asked of each, in any order.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> some = parse_formulas(["NaCl", "PbS", "NaCl2"]).batch
    >>> sift(some, [("charge_balanced", {}), ("exclude_elements", (82,))])
    Sifted(passed=array([0]), left_out={'exclude_elements': 1, 'charge_balanced': 1})
    """
    wanted = dict(asked)
    left_out: dict[str, int] = {}
    passed = np.arange(0 if compositions is None else len(compositions))
    for name, spec in CONSTRAINTS.items():
        if name not in wanted or not spec.make:
            continue
        before = len(passed)
        if before and compositions is not None:
            some = compositions if before == len(compositions) else compositions.take(passed)
            passed = passed[spec.keep(wanted[name])(some)]
        left_out[name] = before - len(passed)
    return Sifted(passed, left_out)
