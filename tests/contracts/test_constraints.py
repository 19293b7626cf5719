"""Every constraint that a screen may require."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matsluice.flows.campaign_file.require_section import Require
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.screen.constraints import CONSTRAINTS, sift
from matsluice.tasks.screen.element_tables import CRUST_MG_PER_KG, USD_PER_KG, values_in

FORMULAS = ["NaCl", "PbS", "Cu2ZnSnS4", "CuInSe2", "Si", "Fe3O4", "PmCl3", "CdTe", "Rh2O3", "TlBr", "CrO3"]
# Constraint → what is asked in the file, and which formulas pass.
ASKED: dict[str, tuple[Any, list[str]]] = {
    "avoid": (("rohs",), ["NaCl", "Cu2ZnSnS4", "CuInSe2", "Si", "Fe3O4", "PmCl3", "Rh2O3", "TlBr"]),
    "elements": (("Na", "Cl", "Si"), ["NaCl", "Si"]),
    "any_of": (("S", "Te"), ["PbS", "Cu2ZnSnS4", "CdTe"]),
    "elements_count": ((3, 9), ["Cu2ZnSnS4", "CuInSe2"]),
    "atoms_count": ((5, 7), ["Fe3O4", "Rh2O3"]),
    "charge_balanced": (
        {"Cu": (1,)},
        ["CdTe", "NaCl", "PbS", "CuInSe2", "PmCl3", "Rh2O3", "TlBr", "CrO3", "Cu2ZnSnS4"],
    ),
    "min_abundance": (10.0, ["NaCl", "PbS", "Si", "Fe3O4", "CrO3"]),
    "max_cost": (10.0, ["NaCl", "PbS", "Cu2ZnSnS4", "Si", "Fe3O4", "CrO3"]),
    "in_domain": (True, FORMULAS),
}


def asked_in_a_file(name: str) -> Any:
    return dict(Require(**{name: ASKED[name][0]}).asked())[name]


def test_every_constraint_is_tried_and_has_its_key() -> None:
    assert set(ASKED) == set(CONSTRAINTS) - {"exclude_elements"}
    assert set(ASKED) == set(Require.model_fields) - {"prices"}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_it_says_what_it_leaves(name: str) -> None:
    spec = CONSTRAINTS[name]
    assert spec.name == name
    assert spec.left[0].isupper()
    assert bool(spec.make) == (name != "in_domain")


@pytest.mark.parametrize("name", ASKED)
def test_it_keeps_what_it_should(name: str) -> None:
    batch = parse_formulas(FORMULAS).batch
    sifted = sift(batch, [(name, asked_in_a_file(name))])
    assert {FORMULAS[row] for row in sifted.passed} == set(ASKED[name][1])
    assert sifted.left_out == ({} if name == "in_domain" else {name: len(FORMULAS) - len(sifted.passed)})


@pytest.mark.parametrize("name", [name for name in ASKED if CONSTRAINTS[name].make])
def test_a_row_is_judged_by_itself(name: str) -> None:
    batch = parse_formulas(FORMULAS * 30).batch
    keep = CONSTRAINTS[name].keep(asked_in_a_file(name))
    together = keep(batch)
    alone = [bool(keep(batch.take([row]))[0]) for row in range(len(FORMULAS))]
    assert together.dtype == np.bool_
    assert together.tolist() == alone * 30


def test_all_together_are_asked_in_order_and_add_up() -> None:
    batch = parse_formulas(FORMULAS).batch
    asked = [(name, asked_in_a_file(name)) for name in reversed(ASKED)]
    sifted = sift(batch, asked)
    assert list(sifted.left_out) == [name for name in CONSTRAINTS if name in sifted.left_out]
    assert sum(sifted.left_out.values()) + len(sifted.passed) == len(FORMULAS)
    passing = set(FORMULAS).intersection(*(some for _, some in ASKED.values()))
    assert {FORMULAS[row] for row in sifted.passed} == passing


def test_a_price_of_ones_own_takes_the_place_of_the_tables() -> None:
    batch = parse_formulas(["PmCl3", "Si"]).batch
    asked = dict(Require(max_cost=10.0, prices={"Pm": 1.0, "Si": 1e6}).asked())
    assert sift(batch, list(asked.items())).passed.tolist() == [0]


@pytest.mark.parametrize("table", [CRUST_MG_PER_KG, USD_PER_KG], ids=["crust", "price"])
def test_tables_name_elements_in_their_order(table: str) -> None:
    numbers = [ATOMIC_NUMBERS[symbol] for symbol in values_in(table)]
    assert numbers == sorted(set(numbers))
    assert all(value > 0 for value in values_in(table).values())


def test_the_crust_is_all_there_is() -> None:
    # In mg/kg: the elements make up the whole, but for what rounding of the largest takes.
    assert sum(values_in(CRUST_MG_PER_KG).values()) == pytest.approx(1e6, rel=0.01)
