"""The public `featurize`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pymatgen.core.composition import Composition
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features import BLOCKS, featurize
from matsluice.tasks.material import parse_formulas

BLOCK = "composition.elemental"
CORNER_AND_CENTRE = np.array([[0, 0, 0], [0.5, 0.5, 0.5]])


def test_table() -> None:
    table = featurize(["NaCl", "Fe2O3", "He"], [BLOCK, "composition.stoichiometry"])
    assert table.index.tolist() == [0, 1, 2]
    assert (table.dtypes == np.float64).all()
    assert table.columns[0] == "composition.elemental.mean_atomic_number"
    assert table.columns[-1] == "composition.stoichiometry.norm_10"
    assert table["composition.elemental.mean_atomic_number"].tolist() == [14.0, 15.2, 2.0]
    assert table["composition.elemental.mean_electronegativity"].isna().tolist() == [False, False, True]


def test_every_kind_of_material_gives_the_same_bits() -> None:
    formulas = ["NaCl", "Fe0.4O0.6"]
    structure = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.69), ["Na+", "Cl-"], [*CORNER_AND_CENTRE])
    expected = featurize(formulas, BLOCK)
    for materials in (
        pd.Series(formulas, index=[7, 9]),
        np.array(formulas),
        tuple(formulas),
        [Composition(formula) for formula in formulas],
        [
            structure,
            Structure(Lattice.cubic(4), [{"Fe": 0.8}, {"O": 1.0}, {"O": 0.2}], np.diag([0, 0.5, 0.8])),
        ],
        parse_formulas(formulas).batch,
    ):
        pd.testing.assert_frame_equal(featurize(materials, BLOCK), expected, check_exact=True)  # type: ignore[arg-type]


def test_structures_and_compositions_may_be_mixed() -> None:
    structure = Structure(Lattice.cubic(4), ["Na", "Cl"], CORNER_AND_CENTRE)
    materials: list[Composition | Structure] = [structure, Composition("NaCl")]
    mixed = featurize(materials, BLOCK)
    assert mixed.iloc[0].equals(mixed.iloc[1])


def test_nothing() -> None:
    assert featurize([], BLOCK).shape == (0, 65)


def test_more_rows_than_are_computed_at_a_time() -> None:
    specs = [spec for spec in BLOCKS.values() if spec.needs == "composition"]
    formulas = ["NaCl", "Fe2O3", "Hg0.7Cd0.3Te"] * 3000
    table = featurize(formulas, [spec.name for spec in specs])
    assert table.shape == (9000, sum(len(spec.make().columns()) for spec in specs))
    assert table.iloc[[0, 3, 8997]].nunique().max() == 1


@pytest.mark.parametrize(
    ("materials", "blocks", "words"),
    [
        (["NaCl", "Xx2O3"], [BLOCK], 'material 1: "Xx2O3": "Xx" at position 1 is not an element'),
        (["NaCl", "Fe2O3)", ""], [BLOCK], r"position 6 closes no bracket \(1 more of 3"),
        (["NaCl", None], [BLOCK], "material 1: the formula is missing"),
        ("NaCl", [BLOCK], r'write \["NaCl"\]'),
        (["NaCl"], ["composition.magpei"], 'did you mean "composition.magpie"'),
        (["NaCl"], [], "no block is named"),
        (["NaCl"], [BLOCK, BLOCK], "named twice"),
        ([Composition("NaCl"), "NaCl"], [BLOCK], "material 1 is a str"),
    ],
)
def test_mistakes(materials: list[str], blocks: list[str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        featurize(materials, blocks)
