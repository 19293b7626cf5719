"""A plug-in whose block takes its time and notes every row it computes, so that work done twice is seen."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.material import CompositionBatch, reduced_formulas

BLOCKS = (BlockSpec("counted.elements", 1, "composition", "counted:make", "mean atomic number, slowly"),)
ROW_S = 0.03


@dataclass(frozen=True, slots=True)
class Counted:
    """Mean atomic number; each row's formula goes to the file that MATSLUICE_TEST_ROWS names."""

    fingerprint: str = "0"

    def columns(self) -> tuple[Column, ...]:
        return (Column("counted.elements.mean", "dimensionless", "mean atomic number", "by hand"),)

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        values = np.empty((len(batch), 1))
        with Path(os.environ["MATSLUICE_TEST_ROWS"]).open("a", encoding="utf-8") as log:
            for row, formula in enumerate(reduced_formulas(batch)):
                time.sleep(ROW_S)
                values[row] = batch.take([row]).atomic_numbers.mean()
                log.write(f"{formula}\n")
                log.flush()
        return FeatureValues(values, {})


def make() -> Counted:
    return Counted()
