"""Density, packing fraction and volume per atom, against matminer's DensityFeatures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, nomad_oxides, perovskites
from matminer.featurizers.structure.order import DensityFeatures
from numpy.typing import NDArray
from paired import Comparison

from matsluice.tasks.features.structure.geometry import densities, mass_and_radius


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons; ours takes the whole batch at once."""
    return [_comparison(perovskites(data), 200), _comparison(nomad_oxides(data), 60)]


def _comparison(crystals: Crystals, rows: int) -> Comparison:
    featurizer = DensityFeatures()
    table = mass_and_radius()

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        return np.array([featurizer.featurize(one) for one in crystals.structures[start:stop]])[:, [0, 2, 1]]

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        return densities(many.slice(start, stop), table).values

    # So many that a turn is long enough to be timed.
    many = crystals.batch.take(np.arange(20 * rows) % rows)
    return Comparison(
        f"density, packing fraction, volume per atom, {crystals.name}",
        300,
        theirs,
        ours,
        materials=rows,
        reference_rows=60,
        our_rows=20 * rows,
        checked=rows,
        tolerance=1e-9,
    )
