"""What rows are worth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import Refusal, SourceBatch
from matsluice.tasks.material import material_keys, parse_formulas

RowsOf = Callable[..., ExaminedRows]


def test_spellings_of_one_material_have_one_key(rows_of: RowsOf) -> None:
    rows = rows_of(("Fe2O3", "2"), ("O3Fe2", "2.1"), ("Fe4O6", "2.2"), ("FeO", "1"))
    assert len(set(rows.keys[:3])) == 1
    assert rows.keys[3] != rows.keys[0]
    assert rows.formulas == ["Fe2O3", "Fe2O3", "Fe2O3", "FeO"]
    assert rows.keys[0] == material_keys(parse_formulas(["Fe2O3"]).batch)[0]
    assert rows.labels["gap"].tolist() == [2.0, 2.1, 2.2, 1.0]
    assert rows.refusals == {}


@pytest.mark.parametrize(
    ("formula", "reason", "words"),
    [
        ("Xx2O3", "unknown element", '"Xx" at position 1'),
        ("Fe2O3)", "unbalanced bracket", "position 6"),
        ("", "empty", "the formula is empty"),
        ("nan", "missing", "missing"),
        ("Fe-2O3", "negative amount", "position 3"),
    ],
)
def test_a_row_without_a_material_is_refused(rows_of: RowsOf, formula: str, reason: str, words: str) -> None:
    rows = rows_of(("NaCl", "8.5"), (formula, "1"))
    assert list(rows.refusals) == [1]
    assert rows.refusals[1].reason == reason
    assert words in rows.refusals[1].detail
    assert (rows.keys[1], rows.formulas[1]) == ("", "")


def test_a_row_without_any_target_is_refused_and_one_with_some_is_kept() -> None:
    batch = SourceBatch(
        ids=["0", "1", "2"],
        places=["t.csv:2", "t.csv:3", "t.csv:4"],
        formulas=["NaCl", "GaAs", "Si"],
        labels={"gap": ["8.5", "", "x"], "bulk": ["24", "75", ""]},
    )
    rows = examine(batch, ["gap", "bulk"])
    assert {row: why.reason for row, why in rows.refusals.items()} == {2: "target is not a number"}
    assert np.isnan(rows.labels["gap"]).tolist() == [False, True, True]
    assert {row: why.reason for row, why in rows.label_refusals["gap"].items()} == {
        1: "missing target",
        2: "target is not a number",
    }
    assert list(rows.label_refusals["bulk"]) == [2]


def test_what_is_wrong_with_the_formula_comes_before_what_is_wrong_with_the_target(rows_of: RowsOf) -> None:
    assert rows_of(("Xx", "")).refusals[0].reason == "unknown element"


def test_what_the_source_could_not_read_comes_first() -> None:
    batch = SourceBatch(
        ["0"], ["t.csv:2"], [""], {"gap": [""]}, {0: Refusal("wrong number of fields", "1, not 2")}
    )
    assert examine(batch, ["gap"]).refusals[0].reason == "wrong number of fields"


def test_candidates_need_no_target() -> None:
    rows = examine(SourceBatch(["0", "1"], ["a", "b"], ["NaCl", "Xx"]))
    assert list(rows.refusals) == [1]
    assert rows.labels == {}


def test_no_rows() -> None:
    assert examine(SourceBatch([], [], [], {"gap": []}), ["gap"]).keys == []
