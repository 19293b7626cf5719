"""A plug-in whose rows only wait: what a chunk costs beside its rows is all that two cores have to do."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.material import CompositionBatch

BLOCKS = (BlockSpec("sleeping.elements", 1, "composition", "sleeping:make", "mean atomic number, slowly"),)
ROW_S = 0.02


@dataclass(frozen=True, slots=True)
class Sleeping:
    """Mean atomic number; a row takes `ROW_S`, in which its process does nothing."""

    fingerprint: str = "0"

    def columns(self) -> tuple[Column, ...]:
        """Return the one column."""
        return (Column("sleeping.elements.mean", "dimensionless", "mean atomic number", "by hand"),)

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the means (n, 1)."""
        time.sleep(ROW_S * len(batch))
        values = [[batch.take([row]).atomic_numbers.mean()] for row in range(len(batch))]
        return FeatureValues(np.array(values, np.float64).reshape(-1, 1), {})


def make() -> Sleeping:
    """Return the block."""
    return Sleeping()
