"""What a block is: columns with units and sources, and a function from a batch to an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Column:
    """One feature.

    Attributes
    ----------
    name : str
        Its full name, the block's name first: "composition.elemental.mean_atomic_number".
    unit : str
        Its unit; "dimensionless" where it has none.
    definition : str
        What it is, in a phrase; x are atomic fractions.
    source : str
        Where the definition and the numbers behind it come from, with a DOI where there is one.
    """

    name: str
    unit: str
    definition: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class FeatureValues:
    """A block's values for a batch.

    Attributes
    ----------
    values : (n, c) float64
        One row a material, one column a feature; NaN where the feature is undefined.
    undefined : dict of int to str
        For each row with a NaN, and no other: which property is missing for which element.
    """

    values: NDArray[np.float64]
    undefined: dict[int, str]


class Block(Protocol):
    """A group of features. A row's values depend on that row alone, bit for bit."""

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits that change with the tables of numbers the block looks things up in."""
        ...

    def columns(self) -> tuple[Column, ...]:
        """Return the columns, in the order of the values."""
        ...

    def compute(self, batch: Any) -> FeatureValues:
        """Return the values for a batch of what the block needs; an empty batch gives (0, c)."""
        ...
