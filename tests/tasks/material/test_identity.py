"""Keys never change; readable formulas are pymatgen's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pymatgen.core.composition import Composition
from pymatgen.core.periodic_table import Element

from matsluice.tasks.material import CompositionBatch, material_keys, parse_formulas, reduced_formulas
from matsluice.tasks.material.batch import offsets_of
from matsluice.tasks.material.elements import FORMULA_RANK, SYMBOLS

# Written down when the key was defined. Stores hold these for ever: where this test fails, the code is wrong.
KEYS = {
    "H": "a02c2bd321779a7e1fad645211331fbc",
    "NaCl": "3506efc9d9c6093dcf38149b071852a6",
    "Fe2O3": "5912b5ca991e332c3e35b4999537dde8",
    "Hg0.7Cd0.3Te": "efcfbc689bfaa75669b033e0bc4faddc",
}


@pytest.mark.parametrize("formula", KEYS)
def test_keys_are_stable_for_ever(formula: str) -> None:
    assert material_keys(parse_formulas([formula]).batch) == [KEYS[formula]]


def test_one_material_has_one_key() -> None:
    spellings = ["Fe2O3", "O3Fe2", "Fe4O6", "Fe0.4O0.6", " (Fe0.2O0.3)10 ", "FeO*FeO*O"]
    assert set(material_keys(parse_formulas(spellings).batch)) == {KEYS["Fe2O3"]}


def test_symbols_are_those_of_the_periodic_table() -> None:
    assert list(SYMBOLS[1:]) == [Element.from_Z(z).symbol for z in range(1, 119)]


def test_elements_come_in_the_order_of_pymatgen() -> None:
    def electronegativity(z: int) -> float:
        value = Element.from_Z(z).data.get("X")
        return math.inf if value is None else float(value)

    expected = sorted(range(1, 119), key=lambda z: (electronegativity(z), SYMBOLS[z]))
    assert sorted(range(1, 119), key=FORMULA_RANK.__getitem__) == expected


@pytest.mark.parametrize("formula", ["Fe4O6", "KBr", "TiO2", "NaCl", "GaAs", "CuInSe2", "MgAl2O4", "HgS"])
def test_readable_formulas_are_those_of_pymatgen(formula: str) -> None:
    # Compounds without a polyanion, which pymatgen would bracket.
    assert reduced_formulas(parse_formulas([formula]).batch) == [Composition(formula).reduced_formula]


def test_any_batch_is_written_by_rank_with_its_amounts() -> None:
    chance = np.random.default_rng(0)
    lengths = np.append(chance.integers(1, 12, 500), 118)
    numbers = [np.sort(chance.choice(np.arange(1, 119), n, replace=False)) for n in lengths]
    amounts = np.floor(2.0 ** chance.uniform(0, 53, lengths.sum()))
    amounts[::3], amounts[1], amounts[4], amounts[7] = 1, 10, 99, 2.0**53
    batch = CompositionBatch(offsets_of(lengths), np.concatenate(numbers).astype(np.int16), amounts)
    expected = []
    for those, many in zip(numbers, np.split(amounts, np.cumsum(lengths)[:-1]), strict=True):
        entries = sorted(zip(those.tolist(), many.tolist(), strict=True), key=lambda e: FORMULA_RANK[e[0]])
        expected.append("".join(SYMBOLS[z] + (str(int(n)) if n > 1 else "") for z, n in entries))
    assert reduced_formulas(batch) == expected
    assert reduced_formulas(batch.slice(0, 0)) == []


def test_sodium_nitride_is_not_written_as_a_missing_value() -> None:
    assert reduced_formulas(parse_formulas(["Na2N2"]).batch) == ["Na1N1"]
