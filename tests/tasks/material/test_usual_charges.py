"""One rule for what is enumerated and what a screen keeps."""

from __future__ import annotations

from itertools import product
from math import gcd

import pytest

from matsluice.tasks.ingest.enumerate_options import EnumerateOptions
from matsluice.tasks.ingest.enumerate_source import charge_balanced_formulas
from matsluice.tasks.material import material_keys, parse_formulas
from matsluice.tasks.material.elements import ATOMIC_NUMBERS, SYMBOLS
from matsluice.tasks.material.usual_charges import balanced_counts, usual_charges


@pytest.mark.parametrize("own", [{}, {"Cu": (1, 2)}])
def test_just_what_is_enumerated_balances(own: dict[str, tuple[int, ...]]) -> None:
    options = EnumerateOptions(
        elements=("Cu", "In", "Sn", "Sb", "P", "S", "O"), sizes=(3,), max_coefficient=4, oxidation_states=own
    )
    made = set(material_keys(parse_formulas(list(charge_balanced_formulas(options))).batch))
    every = [
        "".join(f"{symbol}{n}" for symbol, n in zip(chosen, counts, strict=True))
        for chosen in product(options.elements, repeat=3)
        if ATOMIC_NUMBERS[chosen[0]] < ATOMIC_NUMBERS[chosen[1]] < ATOMIC_NUMBERS[chosen[2]]
        for counts in product(range(1, 5), repeat=3)
        if gcd(*counts) == 1
    ]
    batch = parse_formulas(every).batch
    balanced = usual_charges(own).balance(batch)
    keys = material_keys(batch)
    assert {key for key, is_it in zip(keys, balanced, strict=True) if is_it} == made
    assert 0 < len(made) < len(every)


@pytest.mark.parametrize("at_once", [1, 30, 50_000])
@pytest.mark.parametrize("states", [(2, -3), (1, 3, -2), (2, 4, -1, -2), (1, 1, 5, -3, -2)])
def test_counts_are_tried_some_at_a_time(
    states: tuple[int, ...], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matsluice.tasks.material.usual_charges.MOST_AT_ONCE", at_once)
    expected = [
        counts
        for counts in product(range(1, 6), repeat=len(states))
        if gcd(*counts) == 1 and sum(n * q for n, q in zip(counts, states, strict=True)) == 0
    ]
    assert list(balanced_counts(states, 5)) == expected
    assert expected


def test_states_are_those_of_pymatgen() -> None:
    from pymatgen.core.periodic_table import Element

    charges = usual_charges()
    for z, symbol in enumerate(SYMBOLS):
        if z:
            assert charges.of(z) == tuple(sorted(Element(symbol).common_oxidation_states))


@pytest.mark.parametrize("formula", ["He", "NeF2", "Og", "ArF", "H2", "KrF2"])
def test_what_has_no_usual_charge_never_balances(formula: str) -> None:
    assert usual_charges().balance(parse_formulas([formula]).batch).tolist() == [formula == "KrF2"]


def test_a_composition_of_very_many_elements_is_answered_at_once() -> None:
    everything = "".join(SYMBOLS[1:100])
    assert usual_charges().balance(parse_formulas([everything]).batch).tolist() == [False]
