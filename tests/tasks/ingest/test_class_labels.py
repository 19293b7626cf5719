"""Classes as labels: how they are read, frozen and surveyed."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.labels import class_order, find_class, read_classes
from matsluice.tasks.ingest.snapshot import LABEL_PREFIX, freeze
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.ingest.survey import agreeing, survey

FORMULAS = ["NaCl", "KCl", "Cu", "Ag", "Si", "Ge"]


def rows_of(*labels: str, formulas: list[str] | None = None) -> ExaminedRows:
    names = formulas or FORMULAS[: len(labels)]
    ids = [str(i) for i in range(len(names))]
    return examine(
        SourceBatch(ids, [f"t.csv:{i}" for i in ids], names, {"kind": list(labels)}), ["kind"], ["kind"]
    )


@pytest.mark.parametrize(
    ("texts", "classes"),
    [
        (["True", "false", "TRUE"], ["true", "false", "true"]),
        (["1", "1.0", "+1", "01", "-2"], ["1", "1", "1", "1", "-2"]),
        (["Fm-3m", "metal", "Metal", "0.5", "1e400"], ["Fm-3m", "metal", "Metal", "0.5", "1e400"]),
        (["", "NaN", "None", "?"], ["", "", "", ""]),
    ],
)
def test_classes_in_one_form(texts: list[str], classes: list[str]) -> None:
    read, refusals = read_classes("kind", texts)
    assert read.tolist() == classes
    assert sorted(refusals) == [i for i, name in enumerate(classes) if not name]
    assert {refusal.reason for refusal in refusals.values()} <= {"missing target"}


def test_the_order_of_classes_depends_on_nothing_but_them() -> None:
    names = ["metal", "10", "9", "gap", "-1", "true", "inf"]
    assert (
        class_order(names) == class_order(reversed(names)) == ["-1", "9", "10", "gap", "inf", "metal", "true"]
    )


@pytest.mark.parametrize(
    ("word", "classes", "found"),
    [
        (True, ["false", "true"], "true"),
        (True, ["0", "1"], "1"),
        (0, ["false", "true"], "false"),
        (2, ["0", "1", "2"], "2"),
        ("metal", ["gap", "metal"], "metal"),
        (True, ["0", "1", "2"], None),
        ("metl", ["gap", "metal"], None),
    ],
)
def test_the_class_that_is_meant(word: str | bool | int, classes: list[str], found: str | None) -> None:
    assert find_class(word, classes) == found


def test_a_snapshot_keeps_classes_as_text_and_is_another_than_that_of_numbers(tmp_path: Path) -> None:
    rows = rows_of("1", "0", "", "1.0")
    frozen = freeze([rows], ["kind"], tmp_path, {}, ["kind"])
    column = pq.read_table(frozen.rows_file).column(LABEL_PREFIX + "kind")
    assert column.to_pylist() == ["1", "0", None, "1"]
    numbers = examine(rows.batch, ["kind"])
    assert freeze([numbers], ["kind"], tmp_path, {}).id != frozen.id


def test_a_survey_counts_classes() -> None:
    found = survey([rows_of("gap", "gap", "metal", "metal", "gap", "?")])
    assert found.classes["kind"] == {"gap": 3, "metal": 2}
    found.check_learnable(["kind"], 2)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["metal"] * 6, "target kind is metal in all rows: there is nothing to tell apart"),
        (["?"] * 6, "target kind: no usable row"),
    ],
)
def test_what_cannot_be_learned(labels: list[str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        survey([rows_of(*labels)]).check_learnable(["kind"], 2)


def test_a_quantity_called_a_class() -> None:
    formulas = [f"Na{i}Cl" for i in range(1, 121)]
    rows = rows_of(*(f"{i / 7:.3f}" for i in range(120)), formulas=formulas)
    with pytest.raises(
        InvalidInput, match=r'120 different classes .* if it is a quantity write task = "regression"'
    ):
        survey([rows]).check_learnable(["kind"], 5)


def test_a_contradiction_names_both_classes_and_the_ways_out() -> None:
    rows = rows_of("gap", "metal", formulas=["Fe2O3", "O3Fe2"])
    with pytest.raises(
        InvalidInput,
        match=r"kind of one material is gap at t.csv:0 and metal at t.csv:1: .* use majority, keep",
    ):
        list(agreeing([rows]))
