"""The crystals of the comparisons, as each side takes them: pymatgen structures, and a batch."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pymatgen.core.structure import Structure

from matsluice.tasks.material import CrystalBatch, crystals_from_structures


@dataclass(frozen=True, slots=True, eq=False)
class Crystals:
    """Some crystals, `structures` and `batch` in the same order."""

    name: str
    structures: list[Structure]
    batch: CrystalBatch


@cache
def perovskites(data: Path, rows: int = 200) -> Crystals:
    """Return the first cubic perovskites, 5 atoms each."""
    with gzip.open(data / "perov5" / "perov5_val.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        found = [
            Structure.from_str(row["cif"], fmt="cif")
            for row, _ in zip(csv.DictReader(lines), range(rows), strict=False)
        ]
    return Crystals("5 atoms", found, crystals_from_structures(found))


@cache
def nomad_oxides(data: Path, rows: int = 60) -> Crystals:
    """Return the first (Al, Ga, In) oxides of the NOMAD 2018 competition, 10 to 80 atoms."""
    found = []
    with gzip.open(data / "nomad2018" / "train.extxyz.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            sites = int(line)
            numbers = [float(word) for word in next(lines).split('"')[1].split()]
            atoms = [next(lines).split() for _ in range(sites)]
            lattice = [numbers[:3], numbers[3:6], numbers[6:]]
            found.append(
                Structure(
                    lattice,
                    [atom[0] for atom in atoms],
                    [[float(word) for word in atom[1:4]] for atom in atoms],
                    coords_are_cartesian=True,
                )
            )
            if len(found) == rows:
                break
    mean = sum(len(structure) for structure in found) / len(found)
    return Crystals(f"{mean:.0f} atoms", found, crystals_from_structures(found))
