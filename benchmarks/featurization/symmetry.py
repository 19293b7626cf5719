"""Space groups by moyopy, against pymatgen's SpacegroupAnalyzer (spglib), and how often the two agree."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from numpy.typing import NDArray
from paired import Comparison
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.core import Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from matsluice.tasks.features.structure.symmetry import make
from matsluice.tasks.material import CrystalBatch, crystals_from_structures

os.environ.setdefault("SPGLIB_WARNING", "OFF")  # what spglib's C part writes
_SYMPREC = 0.01  # Å
# A crystal distorted by about symprec has two right answers.
_AGREEING = 0.95


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons: small cells, large cells, and every kind of symmetry."""
    return [
        _space_groups(perovskites(data), rows=40, again=3),
        _space_groups(oxides(data), rows=20, again=4),
        _space_groups(_prototypes(), rows=40, again=2),
    ]


def _prototypes() -> Crystals:
    every = (entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY)
    found = [Structure(one.lattice, one.species, one.frac_coords) for one in every]
    return Crystals("AFLOW", found, crystals_from_structures(found))


def _space_groups(crystals: Crystals, rows: int, again: int) -> Comparison:
    def theirs(structure: Structure) -> list[float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # spglib's, about its own interface
            return [SpacegroupAnalyzer(structure, symprec=_SYMPREC).get_space_group_number()]

    def ours(batch: CrystalBatch) -> NDArray[np.float64]:
        return make(_SYMPREC).compute(batch).values[:, :1]

    return Comparison(
        f"space group, {crystals.name}",
        bar=1.5,
        today=crystals.today(theirs),
        ours=crystals.ours(ours),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=len(crystals),
        tolerance=0.0,
        agreeing=_AGREEING,
    )
