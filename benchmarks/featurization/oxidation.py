"""Oxidation-state statistics of formulas, against matminer's guess and its OxidationStates."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np
from matminer.featurizers.composition import OxidationStates
from matminer.featurizers.conversions import CompositionToOxidComposition
from numpy.typing import NDArray
from paired import Comparison, Side
from pymatgen.core.composition import Composition

from matsluice.tasks.features.composition.oxidation import make
from matsluice.tasks.material import CompositionBatch, parse_formulas, reduced_formulas

MOST_ATOMS = 20  # of a formula unit: for more, pymatgen takes seconds to hours


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
    guess, statistics = CompositionToOxidComposition(), OxidationStates()

    def theirs(texts: list[str]) -> NDArray[np.float64]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            guessed = [guess.featurize(Composition(text))[0] for text in texts]
            return np.array([statistics.featurize(one) for one in guessed], dtype=np.float64)

    def ours(batch: CompositionBatch) -> NDArray[np.float64]:
        return block.compute(batch).values[:, :4]

    return [
        Comparison(
            "oxidation states, formulas to 20 atoms",
            bar=None,
            today=Side(lambda rows: [formulas[row] for row in rows], theirs),
            ours=Side(batch.take, ours),
            materials=len(formulas),
            rows=60,
            again=300,
            checked=400,
            tolerance=1e-9,
        )
    ]
