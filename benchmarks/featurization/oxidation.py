"""Oxidation-state statistics of formulas, against matminer's guess and its OxidationStates."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from paired import Comparison

from matsluice.tasks.features.composition.oxidation import make
from matsluice.tasks.material import parse_formulas, reduced_formulas

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ATOMS = 20  # of a formula unit: for more, pymatgen takes seconds to hours
AGAIN = 20  # our turn goes over the formulas so often, to last long enough to be timed


def comparisons(data: Path) -> list[Comparison]:
    """Return the one comparison, over the small formulas among Matbench's measured gaps that balance."""
    with (data / "matbench" / "matbench_expt_gap.csv").open(encoding="utf-8", newline="") as lines:
        batch = parse_formulas([line["composition"] for line in csv.DictReader(lines)]).batch
    sizes = np.add.reduceat(batch.amounts, batch.offsets[:-1])
    block = make()
    values = block.compute(batch).values
    # Where nothing balances matminer goes on with the states 0, and we leave the row undefined.
    batch = batch.take(np.flatnonzero((sizes <= MOST_ATOMS) & ~np.isnan(values[:, 4])))
    formulas = reduced_formulas(batch)
    again = batch.take(np.tile(np.arange(len(batch)), AGAIN))

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        return block.compute(again.slice(start, stop)).values[:, :4]

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        from matminer.featurizers.composition import OxidationStates
        from matminer.featurizers.conversions import CompositionToOxidComposition
        from pymatgen.core.composition import Composition

        guess, statistics = CompositionToOxidComposition(), OxidationStates()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.array(
                [statistics.featurize(guess.featurize(Composition(one))[0]) for one in formulas[start:stop]],
                dtype=np.float64,
            )

    return [
        Comparison(
            "oxidation states guessed, formulas of up to 20 atoms",
            bar=100,
            reference=theirs,
            ours=ours,
            materials=len(formulas),
            reference_rows=60,
            our_rows=len(again),
            checked=800,
            tolerance=1e-9,
        )
    ]
