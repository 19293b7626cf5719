"""What a material's key costs, and how that compares with asking pymatgen whether two crystals are one.

    python benchmarks/keys.py [--json]

A pair is a crystal and, in turns, the same one in a turned supercell or the next one: pymatgen's StructureMatcher says
whether they match, ours whether their keys are equal, and both must say the same. Reads perov5/ and nomad2018/ from
../shared/data or $MATSLUICE_DATA.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from numpy.typing import NDArray
from paired import Comparison, Side, measure
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core.structure import Structure

from matsluice.tasks.material import (
    CompositionBatch,
    CrystalBatch,
    crystals_from_cells,
    crystals_from_structures,
    material_keys,
    parse_formulas,
)
from matsluice.tasks.material.crystal_identity import crystal_keys

ROOT: Final = Path(__file__).parents[1]
DATA: Final = Path(os.environ.get("MATSLUICE_DATA", ROOT.parent / "shared" / "data"))
_LINE: Final = "{:<52}{:>12}{:>10}  {}"


def microseconds(work: Callable[[], object], materials: int, turns: int = 7) -> float:
    """Return the processor's time for one material, median of the turns; one before them compiles."""
    work()
    elapsed = []
    for _ in range(turns):
        began = process_time()
        work()
        elapsed.append(process_time() - began)
    return 1e6 * median(elapsed) / materials


def silicon_melt(sites: int) -> CrystalBatch:
    """Return one crystal of one element without symmetry in a cube: all sites may be the origin, 24 bases."""
    steps = round(sites ** (1 / 3))
    grid = np.stack(np.meshgrid(*[np.arange(steps)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    moved = grid + np.random.default_rng(0).uniform(-0.3, 0.3, grid.shape)
    return crystals_from_cells([(2.7 * steps * np.eye(3), [14] * len(grid), moved / steps)]).batch


def repeated(times: int) -> CrystalBatch:
    """Return caesium chloride with so many cells along each axis: every cell is a translation."""
    grid = np.stack(np.meshgrid(*[np.arange(times)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    numbers = [55] * len(grid) + [17] * len(grid)
    return crystals_from_cells(
        [(4.12 * times * np.eye(3), numbers, np.concatenate([grid, grid + 0.5]) / times)]
    ).batch


def formulas() -> CompositionBatch:
    """Return the compositions of the perovskite oxides, some thousand."""
    metals = [
        "Na",
        "K",
        "Ca",
        "Sr",
        "Ba",
        "La",
        "Y",
        "Ti",
        "Zr",
        "Hf",
        "V",
        "Nb",
        "Ta",
        "Cr",
        "Mn",
        "Fe",
        "Co",
    ]
    return parse_formulas(
        [f"{a}{b}O{n}" for a in metals for b in metals for n in range(1, 9) if a != b]
    ).batch


def alone() -> list[dict[str, Any]]:
    """Return what a key costs by itself."""
    found = []
    print(_LINE.format("a key of", "µs", "bar", ""))
    compositions = formulas()
    cases: list[tuple[str, float | None, int, Callable[[], object], int]] = [
        ("a formula", 10, len(compositions), partial(material_keys, compositions), 7)
    ]
    for name, bar, batch, turns in (
        ("a cubic perovskite, 5 atoms", 60, perovskites(DATA).batch, 7),
        ("an oxide, 60 atoms", 1000, oxides(DATA).batch, 7),
        ("64 atoms of one element in a cube, no symmetry", 2000, silicon_melt(64), 7),
        ("1728 atoms of one element in a cube, no symmetry", 2e6, silicon_melt(1728), 3),
        ("CsCl written with 2000 atoms", 2e6, repeated(10), 3),
    ):
        cases.append((name, bar, len(batch), partial(crystal_keys, batch), turns))
    for name, limit, materials, work, turns in cases:
        cost = microseconds(work, materials, turns)
        met = limit is None or cost <= limit
        print(_LINE.format(name, f"{cost:.3g}", f"{limit:g}", "" if met else "SLOW"), flush=True)
        found.append({"name": f"key of {name}", "value": cost, "unit": "µs", "bar": limit, "met": met})
    return found


def in_turns(structures: Sequence[Structure]) -> list[tuple[Structure, Structure]]:
    """Return each crystal with itself in a turned supercell, or with the next one."""
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    pairs = []
    for place, one in enumerate(structures):
        if place % 2:
            pairs.append((one, structures[(place + 1) % len(structures)]))
            continue
        other = one * (2, 1, 1)
        lattice = other.lattice.matrix @ turn
        pairs.append((one, Structure(lattice, other.species, other.frac_coords + 0.1)))
    return pairs


def comparison(crystals: Crystals, rows: int, again: int) -> Comparison:
    """Return the two sides for crystals of one size."""
    matcher = StructureMatcher(scale=False, ltol=1e-3, angle_tol=0.1, stol=1e-2)
    pairs = in_turns(crystals.structures)
    first = crystals_from_structures([one for one, _ in pairs])
    second = crystals_from_structures([other for _, other in pairs])

    def today(some: list[tuple[Structure, Structure]]) -> NDArray[np.float64]:
        return np.array([[matcher.fit(one, other)] for one, other in some], dtype=np.float64)

    def ours(some: tuple[CrystalBatch, CrystalBatch]) -> NDArray[np.float64]:
        both = zip(crystal_keys(some[0]), crystal_keys(some[1]), strict=True)
        return np.array([[one == other] for one, other in both], dtype=np.float64)

    return Comparison(
        name=f"one crystal or two, {crystals.name}",
        bar=50,
        today=Side(lambda places: [pairs[place] for place in places], today),
        ours=Side(lambda places: (first.take(places), second.take(places)), ours),
        materials=len(pairs),
        rows=rows,
        again=again,
        checked=len(pairs),
        tolerance=0.0,
    )


def compared() -> list[dict[str, Any]]:
    """Return how many times as fast as pymatgen."""
    found = []
    print("\n" + _LINE.format("", "times", "bar", "same answers"))
    for crystals, rows, again in ((perovskites(DATA), 20, 20), (oxides(DATA), 4, 20)):
        one = measure(comparison(crystals, rows, again))
        words = f"in {100 * one.agreed:.0f} %" + ("" if one.is_fast and one.is_equal else " MISSED")
        print(_LINE.format(one.of.name, f"{one.ratio:.0f}", f"{one.of.bar:g}", words), flush=True)
        met = one.is_fast and one.is_equal
        found.append(
            {"name": one.of.name, "value": one.ratio, "unit": "times", "bar": one.of.bar, "met": met}
        )
    return found


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only a list of results")
    asked = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr) if asked.json else contextlib.nullcontext():
        found = alone() + compared()
    if asked.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
