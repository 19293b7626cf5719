"""Which materials a request asks about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from matsluice.infra.web.refusal import RequestRefused
from matsluice.tasks.model_service.asked import asked
from matsluice.tasks.model_service.limits import ServiceLimits

LIMITS = ServiceLimits(batch=4, formula_characters=30, structure_characters=100)


def test_formulas_and_structures_are_told_apart() -> None:
    cif = "data_x\n_cell_length_a 5\n_cell_length_b 5"
    found = asked({"materials": ["data", cif, {"lattice": {}}, '{"lattice": {}, "sites": []}']}, LIMITS)
    assert (found.formulas, found.structures) == ((0,), (1, 2, 3))
    assert json.loads(found.texts[2]) == {"lattice": {}}


def test_what_is_too_long_is_a_row_with_its_reason() -> None:
    found = asked({"materials": ["N" * 31, "data_x\n" + "#" * 100, {"a": "b" * 100}, "N"]}, LIMITS)
    assert found.refused == {
        0: "too long: the formula has 31 characters, at most 30 are read",
        1: "too long: the structure has 107 characters, at most 100 are read",
        2: "too long: the structure has 109 characters, at most 100 are read",
    }
    assert found.texts == ("", "", "", "N")
    assert found.formulas == (3,)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (3, "it is a number"),
        ([], "it is a list"),
        ({}, "it has no materials"),
        ({"formulas": ["N"]}, 'it has "formulas"'),
        ({"materials": "NaCl"}, "materials is a text"),
        ({"materials": ["N", 3.5]}, "material 1 is a number"),
        ({"materials": ["N", None]}, "material 1 is null"),
        ({"materials": []}, "0 materials: send 1 to 4"),
        ({"materials": ["N"] * 5}, "5 materials: send 1 to 4"),
    ],
)
def test_requests_of_another_form(body: Any, words: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        asked(body, LIMITS)
    assert refused.value.status == 422
    assert words in refused.value.detail
