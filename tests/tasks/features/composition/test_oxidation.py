"""Guessed oxidation states are pymatgen's, and their statistics matminer's."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.tasks.features.composition.oxidation import make
from matsluice.tasks.features.composition.oxidation_guess import guessed_oxidation_states
from matsluice.tasks.features.matminer_bridge.objects import composition_of
from matsluice.tasks.material import CompositionBatch, parse_formulas
from matsluice.tasks.material.elements import SYMBOLS

GOLDEN = tomllib.loads(
    (Path(__file__).parents[3] / "golden" / "composition_blocks.toml").read_text(encoding="utf-8")
)


def read(*formulas: str) -> CompositionBatch:
    return parse_formulas(list(formulas)).batch


def guessed(batch: CompositionBatch, row: int) -> dict[tuple[str, int], int]:
    guess = guessed_oxidation_states(batch)
    return {
        (SYMBOLS[batch.atomic_numbers[entry]], int(guess.states[ion])): int(guess.atoms[ion])
        for entry in range(batch.offsets[row], batch.offsets[row + 1])
        for ion in range(guess.offsets[entry], guess.offsets[entry + 1])
    }


def by_pymatgen(batch: CompositionBatch, row: int) -> dict[tuple[str, int], int]:
    charged = composition_of(batch, row).add_charges_from_oxi_state_guesses(max_sites=-1)
    ions = {(ion.symbol, int(ion.oxi_state or 0)): int(atoms) for ion, atoms in charged.items()}
    return {} if all(state == 0 for _, state in ions) else ions  # where nothing balances it says 0


def is_quick(batch: CompositionBatch, row: int) -> bool:
    """Whether pymatgen tries few combinations: at most six states to share among the atoms."""
    amounts = batch.amounts[batch.offsets[row] : batch.offsets[row + 1]]
    return len(amounts) > 1 and sum(comb(int(min(amount, 60)) + 5, 5) for amount in amounts) < 1500


def test_mixed_valence() -> None:
    batch = read("Fe3O4")
    assert guessed(batch, 0) == {("O", -2): 4, ("Fe", 2): 1, ("Fe", 3): 2}
    np.testing.assert_allclose(guessed_oxidation_states(batch).mean, [-2, 8 / 3])


def test_equal_to_pymatgen(public_data: Callable[[str], Path]) -> None:
    with public_data("matbench/matbench_expt_gap.csv").open(encoding="utf-8", newline="") as lines:
        formulas = [line["composition"] for line in csv.DictReader(lines)][::9]
    batch = parse_formulas(formulas).batch
    rows = [row for row in range(len(batch)) if is_quick(batch, row)]
    assert len(rows) > 200
    for row in rows:
        one = batch.slice(row, row + 1)
        assert guessed(one, 0) == by_pymatgen(one, 0), formulas[row]


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["H", "C", "N", "O", "S", "Fe", "Mn", "Sn", "Sb", "I", "U"]),
        st.integers(1, 6),
        min_size=2,
        max_size=4,
    )
)
def test_any_small_formula_is_as_in_pymatgen(amounts: dict[str, int]) -> None:
    batch = read("".join(f"{symbol}{amount}" for symbol, amount in amounts.items()))
    assert guessed(batch, 0) == by_pymatgen(batch, 0)


def test_why_there_are_no_states() -> None:
    guess = guessed_oxidation_states(read("FeNi", "HeO", "Fe400O600", "Fe0.4999Al0.5001", "Si"))
    assert guess.undefined == {
        0: "no oxidation states that balance",
        1: "no oxidation states for He",
        3: "no oxidation states are sought for more than 500 atoms in a formula unit",
    }
    assert guess.mean[-1] == 0


def test_an_empty_batch_and_one_without_states() -> None:
    assert len(guessed_oxidation_states(read().slice(0, 0)).mean) == 0
    assert np.isnan(guessed_oxidation_states(read("HeNe")).mean).all()


def test_statistics_are_those_of_matminer() -> None:
    from matminer.featurizers.composition import ElectronegativityDiff, OxidationStates

    batch = read("NaCl", "Fe3O4", "LiFePO4", "CaCoSO", "SiC", "YBa2Cu3O7", "NH4NO3", "PbTiO3")
    features = make().compute(batch)
    theirs = []
    for row in range(len(batch)):
        charged = composition_of(batch, row, charged=True)
        theirs.append(OxidationStates().featurize(charged) + ElectronegativityDiff().featurize(charged))
    np.testing.assert_allclose(
        features.values[:, [0, 1, 2, 3, 6, 7, 8, 9, 10]], theirs, rtol=1e-12, atol=1e-7
    )
    assert features.undefined == {}


def test_an_element_without_electronegativity() -> None:
    features = make().compute(read("KrF2", "Si"))
    assert features.undefined.keys() <= {0, 1}
    assert features.undefined[1] == "no cations and anions for Si alone"
    assert features.values[1, :4].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("formula", GOLDEN)
def test_golden_values(formula: str) -> None:
    values = make().compute(read(formula)).values[0]
    names = [column.name for column in make().columns()]
    for name, value in GOLDEN[formula].items():
        if name.startswith("composition.oxidation."):
            assert values[names.index(name)] == pytest.approx(value, rel=1e-12, abs=1e-12), name
