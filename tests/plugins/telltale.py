"""A plug-in whose block tells every secret it finds in its environment, in every way a block can say something."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from dataclasses import dataclass

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.material import CompositionBatch

BLOCKS = (
    BlockSpec("telltale.elements", 1, "composition", "telltale:make", "mean atomic number, indiscreetly"),
)
MARK = "pl4nted"
RAISES, UNDEFINED, DIES = 2, 10, 18


def secrets() -> str:
    """Return all that is marked in the environment, as a library's error message might."""
    return " ".join(f"{name} {value}" for name, value in os.environ.items() if MARK in value)


@dataclass(frozen=True, slots=True)
class Telltale:
    """Mean atomic number of the elements in a formula."""

    fingerprint: str = "0"

    def columns(self) -> tuple[Column, ...]:
        return (Column("telltale.elements.mean", "dimensionless", "mean atomic number", "by hand"),)

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        logging.getLogger("telltale").warning("computing with %s", secrets())
        warnings.warn(secrets(), stacklevel=1)
        values, undefined = np.empty((len(batch), 1)), {}
        for row in range(len(batch)):
            elements = batch.take([row]).atomic_numbers
            if RAISES in elements:
                raise ValueError(f"refused with {secrets()}")
            if DIES in elements:
                sys.stderr.write(f"dying with {secrets()}\n")
                sys.stderr.flush()
                os.abort()
            values[row] = elements.mean()
            if UNDEFINED in elements:
                values[row] = np.nan
                undefined[row] = f"not defined with {secrets()}"
        return FeatureValues(values, undefined)


def make() -> Telltale:
    if os.environ.get("TELLTALE_FAILS") and any("isolation" in word for word in sys.orig_argv):
        raise RuntimeError(f"the block cannot be made with {secrets()}")
    return Telltale()
