"""CIF text to arrays: matsluice's reader and pymatgen's, both from the text."""

from __future__ import annotations

import csv
import gzip
import warnings
from itertools import islice
from pathlib import Path

import numpy as np
from featurization.crystals import oxides
from numpy.typing import ArrayLike, NDArray
from paired import Comparison, Side
from pymatgen.core.structure import Structure
from pymatgen.io.cif import CifWriter

from matsluice.tasks.material.cells import ParsedCrystals
from matsluice.tasks.material.readers.cif import read_cifs


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparisons over perovskites' CIFs and over those pymatgen writes of NOMAD's oxides."""
    with gzip.open(data / "perov5" / "perov5_val.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        small = [row["cif"] for row in islice(csv.DictReader(lines), 1400)]
    large = [str(CifWriter(structure)) for structure in oxides(data).structures]
    return [
        _comparison("5 atoms", small, rows=200, again=10, checked=400),
        _comparison("60 atoms", large, rows=20, again=20, checked=40),
    ]


def _comparison(size: str, texts: list[str], rows: int, again: int, checked: int) -> Comparison:
    def given(rows: NDArray[np.int64]) -> list[str]:
        return [texts[row] for row in rows]

    return Comparison(
        f"CIF text to arrays, {size}",
        bar=50,
        today=Side(given, _structures, _of_structures),
        ours=Side(given, read_cifs, _of_batch),
        materials=len(texts),
        rows=rows,
        again=again,
        checked=checked,
        tolerance=1e-9,
    )


def _structures(texts: list[str]) -> list[Structure]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Without its rounding to thirds, which moves one atom of the perovskites.
        return [Structure.from_str(text, fmt="cif", frac_tolerance=0) for text in texts]


def _of_structures(structures: list[Structure]) -> list[list[float]]:
    return [_summary(one.volume, one.atomic_numbers, one.frac_coords) for one in structures]


def _of_batch(parsed: ParsedCrystals) -> list[list[float]]:
    batch = parsed.batch
    sites = [slice(*bounds) for bounds in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)]
    return [
        _summary(volume, batch.atomic_numbers[some], batch.positions[some])
        for volume, some in zip(batch.volumes, sites, strict=True)
    ]


def _summary(volume: float, atomic_numbers: ArrayLike, positions: NDArray[np.float64]) -> list[float]:
    """Return what any order of the sites gives, and any other crystal does not."""
    numbers = np.asarray(atomic_numbers, dtype=np.float64)
    turns = np.exp(2j * np.pi * positions @ np.array([[1, 0, 0, 2], [0, 1, 0, 3], [0, 0, 1, 5]]))
    waves = numbers @ turns
    return [volume, float(len(numbers)), *waves.real, *waves.imag]
