"""A plug-in whose block notes every row it computes, and takes its time over each while a file says so."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.material import CompositionBatch, reduced_formulas

BLOCKS = (BlockSpec("paced.elements", 1, "composition", "paced:make", "mean atomic number, at a pace"),)
ROW_S = 1.5


@dataclass(frozen=True, slots=True)
class Paced:
    """Mean atomic number; slow while the file MATSLUICE_TEST_ROWS names has a neighbour called "slow"."""

    fingerprint: str = "0"

    def columns(self) -> tuple[Column, ...]:
        return (Column("paced.elements.mean", "dimensionless", "mean atomic number", "by hand"),)

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        log = Path(os.environ["MATSLUICE_TEST_ROWS"])
        values = np.empty((len(batch), 1))
        for row, formula in enumerate(reduced_formulas(batch)):
            if log.with_name("slow").exists():
                time.sleep(ROW_S)
            values[row] = batch.take([row]).atomic_numbers.mean()
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{formula}\n")
        return FeatureValues(values, {})


def make() -> Paced:
    return Paced()
