"""Radial distribution functions to 20 Å, against matminer's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, nomad_oxides, perovskites
from matminer.featurizers.structure.rdf import RadialDistributionFunction
from numpy.typing import NDArray
from paired import Comparison

from matsluice.tasks.features.structure.radial_distribution import radial_distribution


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells."""
    return [_comparison(perovskites(data), 4, 10), _comparison(nomad_oxides(data), 1, 3)]


def _comparison(crystals: Crystals, rows: int, checked: int) -> Comparison:
    featurizer = RadialDistributionFunction(cutoff=20.0, bin_size=0.1)

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        # matminer leaves out the division by the cell's number of atoms, so that its values grow with the cell.
        return np.array([featurizer.featurize(one) / len(one) for one in crystals.structures[start:stop]])

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        return radial_distribution(crystals.batch.slice(start, stop), 20.0, 0.1)

    name = f"radial distribution to 20 Å, {crystals.name}"
    return Comparison(name, 400, theirs, ours, len(crystals.batch), rows, len(crystals.batch), checked, 1e-9)
