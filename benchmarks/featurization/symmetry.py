"""Space groups by moyopy, against pymatgen's SpacegroupAnalyzer (spglib), and how often the two agree."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, nomad_oxides, perovskites
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.core import Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from matsluice.tasks.features.structure.symmetry import make
from matsluice.tasks.material import crystals_from_structures

_SYMPREC = 0.01


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons; each name says for how many crystals both sides find the same group."""
    return [
        _space_groups(perovskites(data), 50),
        _space_groups(nomad_oxides(data), 20),
        _space_groups(_prototypes(), 50),
    ]


def _prototypes() -> Crystals:
    found = [
        Structure(one.lattice, one.species, one.frac_coords)
        for one in (entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY)
    ]
    return Crystals("AFLOW prototypes", found, crystals_from_structures(found))


def _space_groups(crystals: Crystals, rows: int) -> Comparison:
    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # spglib's, about its own interface
            return np.array(
                [
                    [SpacegroupAnalyzer(structure, symprec=_SYMPREC).get_space_group_number()]
                    for structure in crystals.structures[start:stop]
                ],
                dtype=np.float64,
            )

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        return make(_SYMPREC).compute(crystals.batch.slice(start, stop)).values[:, :1]

    materials = len(crystals.batch)
    agreeing = int((theirs(0, materials) == ours(0, materials)).sum())
    name = f"space group, {crystals.name}, equal for {agreeing} of {materials}"
    # A crystal distorted by about symprec has two right answers, so the name gives the agreement instead.
    tolerance = float("inf")
    return Comparison(name, 1.5, theirs, ours, materials, rows, materials, materials, tolerance)
