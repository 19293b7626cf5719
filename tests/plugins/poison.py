"""A plug-in whose block does to its process what elements ask for: the faults of real codes, on purpose."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.material import CompositionBatch

BLOCKS = (BlockSpec("poison.elements", 1, "composition", "poison:make", "mean atomic number, at some risk"),)


def hang() -> None:
    while True:
        time.sleep(1)


def spin() -> None:
    while True:
        pass


def allocate() -> None:
    kept = []
    while True:
        kept.append(bytearray(64 * 1024**2))


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    import ctypes

    ctypes.string_at(0)


def leave() -> None:
    sys.exit("leaving")


def refuse() -> None:
    raise ValueError("not this one")


# Atomic number → what happens: noble gases and others that no table of band gaps has.
DOSES = {2: hang, 10: spin, 18: allocate, 36: kill, 54: crash, 86: leave, 87: refuse}
INFINITE, SILENT = 88, 89


@dataclass(frozen=True, slots=True)
class Poison:
    """Mean atomic number of the elements in a formula."""

    fingerprint: str = "0"

    def columns(self) -> tuple[Column, ...]:
        return (
            Column("poison.elements.mean", "dimensionless", "mean atomic number", "by hand"),
            Column("poison.elements.count", "dimensionless", "number of elements", "by hand"),
        )

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        values = np.empty((len(batch), 2))
        for row in range(len(batch)):
            elements = batch.take([row]).atomic_numbers
            for z in elements.tolist():
                if z in DOSES:
                    DOSES[z]()
            values[row] = elements.mean(), len(elements)
            if INFINITE in elements:
                values[row, 0] = np.inf
            if SILENT in elements:
                values[row, 1] = np.nan
        return FeatureValues(values, {})


def make() -> Poison:
    return Poison()
