"""What a service answers to those who mean well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matsluice.tasks.predict.material_model import MaterialModel

ROCK_SALT = {
    "@class": "Structure",
    "lattice": {"matrix": [[0.0, 2.82, 2.82], [2.82, 0.0, 2.82], [2.82, 2.82, 0.0]]},
    "sites": [
        {"species": [{"element": "Na", "occu": 1}], "abc": [0.0, 0.0, 0.0]},
        {"species": [{"element": "Cl", "occu": 1}], "abc": [0.5, 0.5, 0.5]},
    ],
}


def test_the_same_as_from_python_in_the_same_order(gaps: Any, model: MaterialModel) -> None:
    formulas = ["NaCl", "Xx2", "GaAs0.5P0.5", "", "OsO4", "Fe4O6"]
    answer = gaps("/predict", json.dumps({"materials": formulas})).json
    assert {name: answer[name] for name in ("model", "version", "target", "unit", "confidence")} == {
        "model": "gaps",
        "version": "3",
        "target": "gap",
        "unit": "eV",
        "confidence": 0.9,
    }
    table = model.predict(formulas)
    for row, (_, expected) in zip(answer["predictions"], table.iterrows(), strict=True):
        if expected["reason"]:
            assert row == {
                "prediction": None,
                "lower": None,
                "upper": None,
                "in_domain": False,
                "domain": None,
                "reason": expected["reason"],
            }
        else:
            assert row == {**expected.to_dict(), "reason": None}


def test_structures_give_their_composition(gaps: Any) -> None:
    cif = Path(__file__).with_name("rock_salt.cif").read_text()
    formula, *others = gaps.predict("NaCl", cif, ROCK_SALT, json.dumps(ROCK_SALT))
    assert formula["reason"] is None
    assert others == [formula] * 3


def test_one_that_cannot_be_read_costs_itself_alone(gaps: Any) -> None:
    rows = gaps.predict("NaCl", {"no": "structure"}, "Nacl2", {**ROCK_SALT, "sites": []}, "KBr")
    assert [row["reason"] is None for row in rows] == [True, False, False, False, True]
    assert rows[1]["reason"].startswith("not a structure: ")


def test_what_else_it_says(gaps: Any) -> None:
    assert gaps("/health").json == {"status": "ready", "model": "gaps", "version": "3"}
    contract = gaps("/model").json
    assert contract["blocks"] == {"composition.elemental": 1, "composition.fractions": 1}
    assert contract["limits"]["batch"] == 50
    assert contract["card"].startswith("Predicts gap in eV, from ")
    gaps.predict("NaCl", "Xx")
    metrics = gaps("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=")
    lines = metrics.body.decode().splitlines()
    assert "matsluice_service_ready 1.0" in lines
    assert 'matsluice_service_model_info{model="gaps",version="3"} 1.0' in lines
    assert any(
        line.startswith('matsluice_service_requests_total{path="/predict",status="200"}') for line in lines
    )


def test_the_page_needs_no_other_address(gaps: Any) -> None:
    page = gaps("/docs")
    html = page.body.decode()
    assert page.status == 200
    assert "<script" not in html
    assert "https://" not in html
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for word in ("/predict", "/model", "/health", "/metrics", "in_domain", "CuInSe2"):
        assert word in html
