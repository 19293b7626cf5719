"""Coordination numbers by CrystalNN, against pymatgen's."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from featurization.voronoi import oxides, perovskites
from paired import Comparison, Side

from matsluice.tasks.features.structure import crystal_nn_coordination
from matsluice.tasks.material import crystals_from_structures

if TYPE_CHECKING:
    from numpy.typing import NDArray


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons over perovskites and over NOMAD's oxides."""
    return [
        _comparison("5 atoms", perovskites(data, 60), reference_rows=10, our_rows=60, checked=20),
        _comparison("10 to 80 atoms", oxides(data, 20), reference_rows=1, our_rows=20, checked=3),
    ]


def _comparison(
    name: str, structures: list[Any], reference_rows: int, our_rows: int, checked: int
) -> Comparison:
    batch = crystals_from_structures(structures)

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        return crystal_nn_coordination.values(batch.slice(start, stop)).values[:, :4]

    return Comparison(
        f"CrystalNN coordination, {name}",
        bar=200,
        reference=_pymatgen(structures),
        ours=ours,
        materials=len(structures),
        reference_rows=reference_rows,
        our_rows=our_rows,
        checked=checked,
        tolerance=1e-9,
    )


def _pymatgen(structures: list[Any]) -> Side:
    from pymatgen.analysis.local_env import CrystalNN

    untyped: Any = CrystalNN

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        rows = []
        for structure in structures[start:stop]:
            rule = untyped()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # no oxidation states, at every site
                counts = [rule.get_cn(structure, site) for site in range(len(structure))]
            rows.append([np.mean(counts), np.var(counts), np.min(counts), np.max(counts)])
        return np.array(rows, dtype=np.float64)

    return theirs
