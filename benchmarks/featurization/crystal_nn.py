"""Coordination numbers by CrystalNN, against pymatgen's."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.analysis.local_env import CrystalNN
from pymatgen.core.structure import Structure

from matsluice.tasks.features.structure import crystal_nn_coordination
from matsluice.tasks.material import CrystalBatch

_UNTYPED: Any = CrystalNN


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons, for small and for large cells."""
    return [
        _comparison(perovskites(data), rows=10, again=20, checked=30),
        _comparison(oxides(data), rows=1, again=40, checked=4),
    ]


def _comparison(crystals: Crystals, rows: int, again: int, checked: int) -> Comparison:
    return Comparison(
        f"CrystalNN coordination, {crystals.name}",
        bar=200,
        today=crystals.today(_pymatgen),
        ours=crystals.ours(_ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=checked,
        tolerance=1e-9,
    )


def _pymatgen(structure: Structure) -> list[float]:
    rule = _UNTYPED()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no oxidation states, at every site
        counts = [rule.get_cn(structure, site) for site in range(len(structure))]
    return [float(np.mean(counts)), float(np.var(counts)), min(counts), max(counts)]


def _ours(batch: CrystalBatch) -> NDArray[np.float64]:
    return crystal_nn_coordination.values(batch).values[:, :4]
