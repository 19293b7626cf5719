"""The blocks that take over matminer's features give its numbers, and its missing values."""

from __future__ import annotations

import csv
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from matsluice.tasks.features import featurize, find_block
from matsluice.tasks.material import parse_formulas

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(os.environ.get("MATSLUICE_DATA", Path(__file__).parents[5] / "shared" / "data"))
FORMULAS = [
    *(
        "NaCl",
        "Fe2O3",
        "Si",
        "H2O",
        "Hg0.7Cd0.3Te",
        "YBa2Cu3O6.93",
        "LiFePO4",
        "Ag(W3Br7)2",
        "(La.7Sr.3)MnO3",
    ),
    # Without data in some tables, or in all.
    *(
        "He",
        "HeNe",
        "KrF2",
        "XeF4",
        "FrCl",
        "At2O",
        "Cf2O3",
        "RaO",
        "Lr",
        "Rf",
        "Og",
        "NaOg",
        "He3Na",
        "CnO2",
    ),
    # The mode of equal amounts, and of amounts equal within 1e-5.
    *(
        "NaClKBr",
        "BaTiO3",
        "FeCoNiCrMn",
        "Fe1.00001O1",
        "Fe1.00002O1",
        "FeHe",
        "Fe2He",
        "FeHe2",
        "Fe1.000009He",
    ),
    *("Fe0.1O0.3Al0.3", "(Fe0.1)3O0.3"),
]

# pymatgen says so of noble gases when matminer has it write a formula; none of our values goes through there.
pytestmark = pytest.mark.filterwarnings("ignore:No Pauling electronegativity:UserWarning")


@cache
def featurizer(block: str) -> Any:
    # Imported here: matminer takes seconds, and only these tests need it.
    from matminer.featurizers import composition

    return {
        "composition.magpie": lambda: composition.ElementProperty.from_preset("magpie", impute_nan=False),
        "composition.valence": lambda: composition.ValenceOrbital(impute_nan=False),
        "composition.stoichiometry": composition.Stoichiometry,
        "composition.fractions": composition.ElementFraction,
    }[block]()


def by_matminer(block: str, formulas: list[str]) -> NDArray[np.float64]:
    from pymatgen.core.composition import Composition

    return np.array(
        [featurizer(block).featurize(Composition(formula)) for formula in formulas], dtype=np.float64
    )


def formulas_of(table: str) -> list[str]:
    path = DATA / "matbench" / table
    if not path.exists():
        pytest.skip(f"{table} is not in {DATA}; set MATSLUICE_DATA to the folder that has matbench/{table}")
    with path.open(encoding="utf-8", newline="") as lines:
        return [row["composition"] for row in csv.DictReader(lines)]


def assert_equal(block: str, formulas: list[str]) -> None:
    ours = featurize(formulas, block).to_numpy()
    theirs = by_matminer(block, formulas)
    assert ours.shape == theirs.shape
    assert np.array_equal(np.isnan(ours), np.isnan(theirs))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize(
    "block",
    ["composition.magpie", "composition.valence", "composition.stoichiometry", "composition.fractions"],
)
def test_chosen_formulas(block: str) -> None:
    assert_equal(block, FORMULAS)


@pytest.mark.parametrize("table", ["matbench_expt_gap.csv", "matbench_steels.csv"])
def test_magpie_on_public_data(table: str) -> None:
    formulas = formulas_of(table)
    assert len(formulas) == {"matbench_expt_gap.csv": 4604, "matbench_steels.csv": 312}[table]
    assert_equal("composition.magpie", formulas)


@pytest.mark.parametrize(
    "block", ["composition.valence", "composition.stoichiometry", "composition.fractions"]
)
@pytest.mark.parametrize("table", ["matbench_expt_gap.csv", "matbench_steels.csv"])
def test_other_blocks_on_every_fourth_row_of_public_data(block: str, table: str) -> None:
    assert_equal(block, formulas_of(table)[::4])


@pytest.mark.parametrize("table", ["matbench_expt_gap.csv", "matbench_glass.csv"])
def test_formulas_are_read_as_pymatgen_reads_them(table: str) -> None:
    from pymatgen.core.composition import Composition

    formulas = formulas_of(table)
    parsed = parse_formulas(formulas)
    assert parsed.refused == []
    for row, formula in enumerate(formulas):
        start, stop = parsed.batch.offsets[row], parsed.batch.offsets[row + 1]
        numbers, amounts = parsed.batch.atomic_numbers[start:stop], parsed.batch.amounts[start:stop]
        expected = {
            element.Z: amount for element, amount in Composition(formula).fractional_composition.items()
        }
        assert dict(zip(numbers.tolist(), (amounts / amounts.sum()).tolist(), strict=True)) == pytest.approx(
            expected
        )


def test_labels_are_kept_after_the_prefix() -> None:
    names = [column.name for column in find_block("composition.magpie").make().columns()]
    assert names == [
        f"composition.magpie.{label}" for label in featurizer("composition.magpie").feature_labels()
    ]
    symbols = [column.name for column in find_block("composition.fractions").make().columns()]
    assert symbols == [
        f"composition.fractions.{label}" for label in featurizer("composition.fractions").feature_labels()
    ]
