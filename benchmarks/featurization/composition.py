"""Text of a formula to Magpie's 132 columns, against matminer's magpie preset."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from paired import Comparison, Side

from matsluice.tasks.features import find_block
from matsluice.tasks.material import parse_formulas

if TYPE_CHECKING:
    from numpy.typing import NDArray

WITHOUT_DATA = ("HeNe", "Fe2He", "FeHe", "XeF4", "NaOg", "Cf2O3")  # elements that tables leave out
ROWS_AT_A_TIME = 4000  # larger blocks leave the processor's cache


def comparisons(data: Path) -> list[Comparison]:
    """Return the one comparison, over the formulas of two of Matbench's tables."""
    formulas = [*WITHOUT_DATA]
    for name in ("matbench_expt_gap.csv", "matbench_steels.csv"):
        with (data / "matbench" / name).open(encoding="utf-8", newline="") as lines:
            formulas += [row["composition"] for row in csv.DictReader(lines)]
    block = find_block("composition.magpie").make()

    # A turn takes more rows than there are, so that it lasts long enough to be timed.
    again = formulas * 10

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        bounds = range(start, stop, ROWS_AT_A_TIME)
        batches = (parse_formulas(again[i : min(i + ROWS_AT_A_TIME, stop)]).batch for i in bounds)
        return np.concatenate([block.compute(batch).values for batch in batches])

    return [
        Comparison(
            "formula text to 132 Magpie columns",
            bar=300,
            reference=_matminer(formulas),
            ours=ours,
            materials=len(formulas),
            reference_rows=80,
            our_rows=10 * ROWS_AT_A_TIME,
            checked=len(formulas),
            tolerance=1e-9,
            turns=15,
        )
    ]


def _matminer(formulas: list[str]) -> Side:
    from matminer.featurizers.composition import ElementProperty
    from pymatgen.core.composition import Composition

    featurizer = ElementProperty.from_preset("magpie", impute_nan=False)

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        some = formulas[start:stop]
        return np.array([featurizer.featurize(Composition(formula)) for formula in some], dtype=np.float64)

    return theirs
