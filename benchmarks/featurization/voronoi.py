"""Effective coordination numbers from Voronoi cells, against matminer's preset of Ward 2017."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from paired import Comparison, Side

from matsluice.tasks.features.structure import voronoi_coordination
from matsluice.tasks.material import crystals_from_structures

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COMPARED = ("minimum", "maximum", "mean", "mean_deviation")


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons over perovskites and over NOMAD's oxides."""
    return [
        _comparison("5 atoms", perovskites(data, 60), reference_rows=5, our_rows=60, checked=20),
        _comparison("10 to 80 atoms", oxides(data, 20), reference_rows=1, our_rows=20, checked=3),
    ]


def perovskites(data: Path, count: int) -> list[Any]:
    """Return the first so many perovskites as pymatgen structures, inside their cells."""
    from pymatgen.core.structure import Structure

    with gzip.open(data / "perov5" / "perov5_val.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        texts = [row["cif"] for _, row in zip(range(count), csv.DictReader(lines), strict=False)]
    return [_wrapped(Structure.from_str(text, fmt="cif")) for text in texts]


def oxides(data: Path, count: int) -> list[Any]:
    """Return the first so many of NOMAD's oxides as pymatgen structures, inside their cells."""
    from ase.io import read
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = read(data / "nomad2018" / "train.extxyz.gz", f":{count}", format="extxyz")
    return [_wrapped(AseAtomsAdaptor.get_structure(one)) for one in atoms]


def _wrapped(structure: Any) -> Any:
    """Return the structure with coordinates in [0, 1), because matminer fails or differs outside."""
    from pymatgen.core.structure import Structure

    return Structure(structure.lattice, structure.species, structure.frac_coords % 1)


def _comparison(
    name: str, structures: list[Any], reference_rows: int, our_rows: int, checked: int
) -> Comparison:
    batch = crystals_from_structures(structures)
    names = [column.name for column in voronoi_coordination.columns()]
    chosen = [names.index(f"structure.bonding.voronoi_coordination_number_{word}") for word in _COMPARED]

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        return voronoi_coordination.values(batch.slice(start, stop)).values[:, chosen]

    return Comparison(
        f"Voronoi coordination, {name}",
        bar=300,
        reference=_matminer(structures),
        ours=ours,
        materials=len(structures),
        reference_rows=reference_rows,
        our_rows=our_rows,
        checked=checked,
        tolerance=1e-9,
    )


def _matminer(structures: list[Any]) -> Side:
    from matminer.featurizers.structure import SiteStatsFingerprint

    featurizer = SiteStatsFingerprint.from_preset("CoordinationNumber_ward-prb-2017")
    statistics = featurizer.stats
    order = [statistics.index(word) for word in ("minimum", "maximum", "mean", "avg_dev")]

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        rows = [featurizer.featurize(structure.copy()) for structure in structures[start:stop]]
        return np.array(rows, dtype=np.float64)[:, order]

    return theirs
