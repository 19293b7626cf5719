"""Density, packing fraction and volume per atom, against matminer's DensityFeatures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from matminer.featurizers.structure.order import DensityFeatures
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.core.structure import Structure

from matsluice.tasks.features.structure.geometry import densities, mass_and_radius
from matsluice.tasks.material import CrystalBatch


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells; ours takes the whole batch at once."""
    return [
        _comparison(perovskites(data), rows=200, again=100, checked=200),
        _comparison(oxides(data), rows=40, again=100, checked=40),
    ]


def _comparison(crystals: Crystals, rows: int, again: int, checked: int) -> Comparison:
    featurizer = DensityFeatures()
    table = mass_and_radius()

    def theirs(structure: Structure) -> list[float]:
        density, volume, packing = featurizer.featurize(structure)
        return [density, packing, volume]

    def ours(batch: CrystalBatch) -> NDArray[np.float64]:
        return densities(batch, table).values

    return Comparison(
        f"density, packing fraction, {crystals.name}",
        bar=300,
        today=crystals.today(theirs),
        ours=crystals.ours(ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=checked,
        tolerance=1e-9,
    )
