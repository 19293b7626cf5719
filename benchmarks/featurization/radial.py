"""Radial distribution functions to 20 Å, against matminer's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from matminer.featurizers.structure.rdf import RadialDistributionFunction
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.core.structure import Structure

from matsluice.tasks.features.structure.radial_distribution import radial_distribution
from matsluice.tasks.material import CrystalBatch


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells; of 60 atoms matminer takes up to 2 s."""
    return [
        _comparison(perovskites(data), rows=6, again=50, checked=10),
        _comparison(oxides(data, atoms=40), rows=1, again=40, checked=4),
    ]


def _comparison(crystals: Crystals, rows: int, again: int, checked: int) -> Comparison:
    featurizer = RadialDistributionFunction(cutoff=20.0, bin_size=0.1)

    def theirs(structure: Structure) -> NDArray[np.float64]:
        # matminer leaves out the division by the cell's number of atoms, so that its values grow with the cell.
        return np.array(featurizer.featurize(structure)) / len(structure)

    def ours(batch: CrystalBatch) -> NDArray[np.float64]:
        return radial_distribution(batch, 20.0, 0.1)

    return Comparison(
        f"radial distribution to 20 Å, {crystals.name}",
        bar=400,
        today=crystals.today(theirs),
        ours=crystals.ours(ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=checked,
        tolerance=1e-9,
    )
