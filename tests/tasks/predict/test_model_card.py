"""The model card: one page from model.json, in HTML and in Markdown."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.model_card import card_html, card_markdown, write_card
from matsluice.tasks.predict.model_folder import write_model
from matsluice.tasks.predict.model_record import add_to_record

SCORE = {"mean": 0.4123, "std": 0.0312, "folds": [0.4, 0.42]}
ABOUT: dict[str, Any] = {
    "name": "solar-absorbers",
    "campaign": "solar-absorbers",
    "run": "20261129T120000-000",
    "columns": ["composition", "formula"],
    "python_example": '["CuInSe2", "BaZrS3"]',
    "model": {"name": "forest", "kind": "random_forest", "parameters": {"n_estimators": 10}},
    "data": {
        "snapshot": "ab12", "source": "gaps <b>.csv", "frozen": "2026-11-29T12:00:00+00:00", "rows": 20,
        "materials": 19, "least": 0.4, "median": 2.95, "greatest": 13.6, "licence": "CC BY 4.0", "citation": None,
    },
    "training": {"seed": 3, "split": "composition", "holdout": 0.2, "duplicates": "median"},
    "splits": {
        "random": {"folds": 5, "metrics": {"mae": SCORE, "r2": {**SCORE, "mean": None, "std": None}}},
        "composition": {"folds": 5, "metrics": {"mae": {**SCORE, "mean": 0.61}, "r2": SCORE}},
    },
    "holdout": {"rows": 4, "metrics": {"mae": 0.5, "r2": 0.9}, "coverage": 0.75},
    "coverage": {"composition": {"rows": 16, "curve": [level / 100 for level in range(101)], "width": 1.0}},
    "asked_confidence": 0.9,
}  # fmt: skip


@pytest.fixture
def record(model: MaterialModel, tmp_path: Path) -> dict[str, Any]:
    write_model(model, tmp_path)
    return add_to_record(tmp_path, ABOUT)


class Words(HTMLParser):
    """The texts of a page, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.loads: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [str(value) for name, value in attrs if name in ("src", "href") and value != "data:,"]
        assert tag not in ("script", "b")


SAID = (
    "Predicts the gap of a material in eV from its formula, with an interval that holds 90 % of values.",
    'load_model("solar-absorbers")', 'model.predict(["CuInSe2", "BaZrS3"])',
    "random (5 folds)", "0.412 ± 0.0312", "composition (5 folds)", "0.61 ± 0.0312", "hold-out (4 rows)", "mae (eV)",
    "those of 90 % held 75.0 %", "composition (16 rows)", "68.0 %",
    "largest under composition (0.61 eV)", "Loading its files runs no code",
    "20 of 19 materials", "0.4 to 13.6, median 2.95 eV", "CC BY 4.0", "not stated by the campaign", "ab12",
    "composition.elemental", "composition.fractions", "random_forest", "n_estimators = 10",
    "scikit-learn",
)  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_the_page_says_it(record: dict[str, Any], said: str) -> None:
    words = Words()
    words.feed(card_html(record))
    assert said in " ".join(" ".join(words.texts).split())
    assert words.loads == []
    plain = card_markdown(record).replace("\\", "")
    assert said in plain


def test_names_from_outside_are_escaped(record: dict[str, Any]) -> None:
    assert "gaps &lt;b&gt;.csv" in card_html(record)
    assert r"gaps \<b\>.csv" in card_markdown(record)


def test_a_model_without_a_campaign_has_a_shorter_card(model: MaterialModel, tmp_path: Path) -> None:
    record = write_model(model, tmp_path)
    text = card_markdown(record)
    assert text.startswith("# gap\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## How to use it",
        "## Domain and limits",
        "## Features",
        "## Made with",
    ]


def test_classes(record: dict[str, Any]) -> None:
    data = {k: v for k, v in ABOUT["data"].items() if k not in ("least", "median", "greatest")}
    classes = {"classes": {"metal": 12, "gap": 8}}
    text = card_markdown({**record, "classes": ["metal", "gap"], "unit": "", "data": data | classes})
    assert "Tells the class (metal, gap) of a material by gap from its formula" in text
    assert "metal: 12 rows, gap: 8 rows" in text.replace("\\", "")


def test_code_that_a_model_brings_is_said(record: dict[str, Any]) -> None:
    text = card_markdown({**record, "plugins": ["plugins/0/mine.py"]})
    assert "Loading it runs code of whoever made it: the plug-in plugins/0/mine.py." in text


def test_the_files(record: dict[str, Any], tmp_path: Path) -> None:
    page, text = write_card(record, tmp_path)
    assert page.read_text() == card_html(json.loads(json.dumps(record)))
    assert text.name == "card.md"
