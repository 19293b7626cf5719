"""composition.fractions: the atomic fraction of each element."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER, SYMBOLS

if TYPE_CHECKING:
    from matsluice.tasks.material.batch import CompositionBatch

NAME: Final = "composition.fractions"


@dataclass(frozen=True, slots=True)
class FractionsBlock:
    """Atomic fractions by element; all 118, so that those of a row always add up to 1."""

    @property
    def fingerprint(self) -> str:
        """No table is looked up."""
        return "0"

    def columns(self) -> tuple[Column, ...]:
        """Return the columns, by atomic number."""
        return _columns()

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the (n, 118) values; they are always defined."""
        from matsluice.tasks.features.composition.kernel import (
            fractions,  # numba takes half a second to import
        )

        values = np.zeros((len(batch), LAST_ATOMIC_NUMBER))
        fractions(batch.offsets, batch.atomic_numbers, batch.amounts, values)
        return FeatureValues(values, {})


@cache  # asked for with every batch, however small
def _columns() -> tuple[Column, ...]:
    return tuple(
        Column(f"{NAME}.{symbol}", "dimensionless", f"atoms of {symbol} over all atoms", "the formula itself")
        for symbol in SYMBOLS[1:]
    )


def make() -> FractionsBlock:
    """Return the block.

    Examples
    --------
    >>> make().columns()[25].name
    'composition.fractions.Fe'
    """
    return FractionsBlock()
