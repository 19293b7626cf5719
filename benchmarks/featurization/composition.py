"""Text of a formula to Magpie's 132 columns, against matminer's magpie preset."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matminer.featurizers.composition import ElementProperty
from numpy.typing import NDArray
from paired import Comparison, Side
from pymatgen.core.composition import Composition

from matsluice.tasks.features import find_block
from matsluice.tasks.material import parse_formulas

WITHOUT_DATA = ("HeNe", "Fe2He", "FeHe", "XeF4", "NaOg", "Cf2O3")  # elements that tables leave out
ROWS_AT_A_TIME = 4000  # larger blocks leave the processor's cache


def comparisons(data: Path) -> list[Comparison]:
    """Return the one comparison, over the formulas of two of Matbench's tables."""
    formulas = [*WITHOUT_DATA]
    for name in ("matbench_expt_gap.csv", "matbench_steels.csv"):
        with (data / "matbench" / name).open(encoding="utf-8", newline="") as lines:
            formulas += [row["composition"] for row in csv.DictReader(lines)]
    featurizer = ElementProperty.from_preset("magpie", impute_nan=False)
    block = find_block("composition.magpie").make()

    def theirs(texts: list[str]) -> NDArray[np.float64]:
        return np.array([featurizer.featurize(Composition(text)) for text in texts], dtype=np.float64)

    def ours(texts: list[str]) -> NDArray[np.float64]:
        parts = [texts[start : start + ROWS_AT_A_TIME] for start in range(0, len(texts), ROWS_AT_A_TIME)]
        return np.concatenate([block.compute(parse_formulas(part).batch).values for part in parts])

    def given(rows: NDArray[np.int64]) -> list[str]:
        return [formulas[row] for row in rows]

    return [
        Comparison(
            "formula to 132 Magpie columns",
            bar=300,
            today=Side(given, theirs),
            ours=Side(given, ours),
            materials=len(formulas),
            rows=400,
            again=50,
            checked=len(formulas),
            tolerance=1e-9,
        )
    ]
