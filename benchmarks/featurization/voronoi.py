"""Effective coordination numbers from Voronoi cells, against matminer's preset of Ward 2017."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from matminer.featurizers.structure import SiteStatsFingerprint
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.core.structure import Structure

from matsluice.tasks.features.structure import voronoi_coordination
from matsluice.tasks.material import CrystalBatch

# matminer's words for the statistics, and ours.
_COMPARED = {"minimum": "minimum", "maximum": "maximum", "mean": "mean", "avg_dev": "mean_deviation"}


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells; of 60 atoms matminer takes 2 s and more."""
    return [
        _comparison(perovskites(data), rows=5, again=40, checked=20),
        _comparison(oxides(data, atoms=40), rows=1, again=40, checked=4),
    ]


def _comparison(crystals: Crystals, rows: int, again: int, checked: int) -> Comparison:
    featurizer = SiteStatsFingerprint.from_preset("CoordinationNumber_ward-prb-2017")
    order = [featurizer.stats.index(word) for word in _COMPARED]
    names = [column.name for column in voronoi_coordination.columns()]
    chosen = [
        names.index(f"structure.bonding.voronoi_coordination_number_{word}") for word in _COMPARED.values()
    ]

    def theirs(structure: Structure) -> NDArray[np.float64]:
        return np.array(featurizer.featurize(structure.copy()))[order]

    def ours(batch: CrystalBatch) -> NDArray[np.float64]:
        return voronoi_coordination.values(batch).values[:, chosen]

    return Comparison(
        f"Voronoi coordination, {crystals.name}",
        bar=300,
        today=crystals.today(theirs),
        ours=crystals.ours(ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=checked,
        tolerance=1e-9,
    )
