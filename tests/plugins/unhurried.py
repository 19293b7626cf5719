"""A plug-in whose block takes as long as the environment says, and gives the same values however long that is."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.material import CompositionBatch

BLOCKS = (
    BlockSpec("unhurried.elements", 1, "composition", "unhurried:make", "mean atomic number, unhurried"),
)


@dataclass(frozen=True, slots=True)
class Unhurried:
    """Mean atomic number; a row takes MATSLUICE_TEST_ROW_S seconds."""

    fingerprint: str = "0"

    def columns(self) -> tuple[Column, ...]:
        return (Column("unhurried.elements.mean", "dimensionless", "mean atomic number", "by hand"),)

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        time.sleep(len(batch) * float(os.environ.get("MATSLUICE_TEST_ROW_S", "0")))
        means = [batch.take([row]).atomic_numbers.mean() for row in range(len(batch))]
        return FeatureValues(np.array(means).reshape(-1, 1), {})


def make() -> Unhurried:
    return Unhurried()
