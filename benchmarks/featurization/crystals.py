"""The crystals of the comparisons, as each side takes them: pymatgen structures, and a batch."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from paired import Side
from pymatgen.core.structure import Structure

from matsluice.tasks.material import CrystalBatch, crystals_from_structures


@dataclass(frozen=True, slots=True, eq=False)
class Crystals:
    """Crystals of one size, `structures` and `batch` in the same order."""

    name: str
    structures: list[Structure]
    batch: CrystalBatch

    def __len__(self) -> int:
        return len(self.structures)

    def take(self, rows: NDArray[np.int64]) -> Crystals:
        """Return some of them."""
        return Crystals(self.name, [self.structures[row] for row in rows], self.batch.take(rows))

    def today(self, one: Callable[[Structure], object]) -> Side:
        """Return the side that computes structure after structure."""

        def work(structures: list[Structure]) -> NDArray[np.float64]:
            return np.array([one(structure) for structure in structures], dtype=np.float64)

        return Side(lambda rows: [self.structures[row] for row in rows], work)

    def ours(self, work: Callable[[CrystalBatch], NDArray[np.float64]]) -> Side:
        """Return the side that computes a batch."""
        return Side(self.batch.take, work)


@cache
def perovskites(data: Path, count: int = 200) -> Crystals:
    """Return the first cubic perovskites, 5 atoms each."""
    with gzip.open(data / "perov5" / "perov5_val.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        texts = [row["cif"] for row in islice(csv.DictReader(lines), count)]
    return _crystals("5 atoms", [Structure.from_str(text, fmt="cif") for text in texts])


@cache
def oxides(data: Path, atoms: int = 60, count: int = 40) -> Crystals:
    """Return the first (Al, Ga, In) oxides of the NOMAD 2018 competition with this many atoms: 20 to 80."""
    same_size = (one for one in _nomad(data) if len(one) == atoms)
    return _crystals(f"{atoms} atoms", list(islice(same_size, count)))


def _nomad(data: Path) -> Iterator[Structure]:
    with gzip.open(data / "nomad2018" / "train.extxyz.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            sites = int(line)
            numbers = np.array(next(lines).split('"')[1].split(), dtype=np.float64)
            atoms = [next(lines).split() for _ in range(sites)]
            places = [[float(word) for word in atom[1:4]] for atom in atoms]
            lattice = numbers.reshape(3, 3)
            yield Structure(lattice, [atom[0] for atom in atoms], places, coords_are_cartesian=True)


def _crystals(name: str, structures: list[Structure]) -> Crystals:
    # Coordinates inside the cell, because outside matminer's Voronoi statistics fail, or silently differ.
    inside = [Structure(one.lattice, one.species, one.frac_coords % 1) for one in structures]
    return Crystals(name, inside, crystals_from_structures(inside))
