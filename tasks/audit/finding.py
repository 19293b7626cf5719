"""What the audit finds: which rows, in which words, and whether scores would be false with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of rows that are named in a record; the others stand in audit.parquet.
NAMED: Final = 20

# "stops": scores would be false. "warns": scores may be better than they should be. "notes": good to know.
Weight: TypeAlias = Literal["stops", "warns", "notes"]


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One thing found about the rows of one target.

    Attributes
    ----------
    check
        A name in `CHECKS`.
    weight
        "stops", "warns" or "notes".
    sentence
        What was found and what it means.
    ids
        Of the rows or materials it is about, all of them, (count,).
    of
        How many were looked at.
    target, split
        Whose rows they are, and under which split; "" where it is about neither.
    block, columns
        Which features it is about.
    numbers
        What was measured, by name.
    allowed
        Whether the campaign goes on with it.
    """

    check: str
    weight: Weight
    sentence: str
    ids: NDArray[np.str_]
    of: int
    target: str = ""
    split: str = ""
    block: str = ""
    columns: tuple[str, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)
    allowed: bool = False

    @property
    def stops(self) -> bool:
        """Whether no model may be fitted."""
        return self.weight == "stops" and not self.allowed

    def record(self) -> dict[str, Any]:
        """Return it as it stands in audit.json."""
        return {
            "check": self.check,
            "weight": self.weight,
            "allowed": self.allowed,
            "target": self.target,
            "split": self.split,
            "block": self.block,
            "columns": list(self.columns),
            "count": len(self.ids),
            "of": self.of,
            "rows": self.ids[:NAMED].tolist(),
            "numbers": self.numbers,
            "sentence": self.sentence,
        }


def named(ids: NDArray[np.str_], most: int = 5) -> str:
    """Return some ids as words of a sentence.

    >>> named(np.array(["a", "b", "c"]), most=2)
    'a, b, …'
    """
    return ", ".join(ids[:most].tolist()) + (", …" if len(ids) > most else "")
