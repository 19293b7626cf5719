"""pymatgen's floating amounts stand for exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core.composition import Composition
from pymatgen.core.lattice import Lattice
from pymatgen.core.periodic_table import DummySpecies, Element
from pymatgen.core.structure import Structure

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.material import batch_from_compositions, material_keys, parse_formulas


@pytest.mark.parametrize(
    ("composition", "formula"),
    [
        (Composition("Fe2O3"), "Fe2O3"),
        (Composition("Fe2O3").fractional_composition, "Fe2O3"),
        (Composition("(Fe0.1)3Co0.7"), "Fe3Co7"),
        (Composition({"La": 2 / 3, "O": 1 / 3}), "La2O"),
        (Composition({"Fe2+": 1, "Fe3+": 2, "O2-": 4}), "Fe3O4"),
        (Composition("Fe0.620C0.000953Mn0.000521"), "Fe0.620C0.000953Mn0.000521"),
        (Composition({"Fe": 0.1 + 0.2, "O": 0.7}), "Fe3O7"),
    ],
)
def test_same_key_as_the_formula(composition: Composition, formula: str) -> None:
    expected = material_keys(parse_formulas([formula]).batch)
    assert material_keys(batch_from_compositions([composition])) == expected


def test_disordered_structure() -> None:
    structure = Structure(Lattice.cubic(4), [{"Fe": 1 / 3, "Co": 2 / 3}, "O"], np.zeros((2, 3)))
    expected = material_keys(parse_formulas(["FeCo2O3"]).batch)
    assert material_keys(batch_from_compositions([structure.composition])) == expected


@pytest.mark.parametrize(
    ("composition", "words"),
    [
        (Composition({}), "composition 1: it has no atoms"),
        (Composition({DummySpecies("X"): 1, "O": 1}), "is not an element"),
        (Composition({Element("D"): 2, "O": 1}), "write H"),
        (Composition({"Fe": -1, "O": 2}, allow_negative=True), "is not positive"),
    ],
)
def test_refusals(composition: Composition, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        batch_from_compositions([Composition("NaCl"), composition])


def test_nothing() -> None:
    assert len(batch_from_compositions([])) == 0
