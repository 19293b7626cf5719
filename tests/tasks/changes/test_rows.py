"""Rows are compared by content: order and repetition in the source do not matter."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

import pytest

from matsluice.tasks.changes.record import Relabelled
from matsluice.tasks.changes.rows import elements_new, new_materials, row_changes
from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.snapshot import Snapshot, freeze
from matsluice.tasks.ingest.source_batch import read_source


def frozen(
    folder: Path, name: str, rows: Sequence[tuple[str, str]], classes: tuple[str, ...] = ()
) -> Snapshot:
    """Return the snapshot of a table of formulas and gaps, which may be classes."""
    path = folder / f"{name}.csv"
    path.write_text("formula,gap\n" + "".join(f"{formula},{gap}\n" for formula, gap in rows))
    options = CsvOptions(path=glob.escape(str(path)), formula="formula")
    batches = (examine(batch, ["gap"], classes) for batch in read_source("csv", options, ["gap"]))
    return freeze(batches, ["gap"], folder / "snapshots", {}, classes)


BEFORE = [("Fe2O3", "2.1"), ("NaCl", "8.5"), ("GaAs", "1.4"), ("GaAs", "1.5"), ("Si", "1.1")]


def test_shuffled_rows_are_no_change(tmp_path: Path) -> None:
    one, two = frozen(tmp_path, "one", BEFORE), frozen(tmp_path, "two", BEFORE[::-1])
    found = row_changes(one, two, ["gap"])
    assert (found.new, found.gone, found.relabelled) == (0, 0, 0)
    assert not new_materials(one, two).any()


def test_what_came_went_and_was_relabelled(tmp_path: Path) -> None:
    now = [
        ("O3Fe2", "2.1"),
        ("NaCl", "8.6"),
        ("GaAs", "1.5"),
        ("GaAs", "1.4"),
        ("GaAs", "1.4"),
        ("KBr", "7.6"),
    ]
    found = row_changes(frozen(tmp_path, "one", BEFORE), frozen(tmp_path, "two", now), ["gap"])
    assert (found.rows_before, found.rows_now) == (5, 6)
    assert (found.materials_before, found.materials_now) == (4, 4)
    assert found.new_examples == ("KBr",)
    assert found.gone_examples == ("Si",)
    assert found.relabelled_examples == (
        Relabelled("GaAs", "gap", (1.4, 1.5), (1.4, 1.4, 1.5)),
        Relabelled("NaCl", "gap", (8.5,), (8.6,)),
    )
    assert found.new_elements == ("K", "Br")


def test_a_class_that_changed(tmp_path: Path) -> None:
    one = frozen(tmp_path, "one", [("NaCl", "wide"), ("Si", "narrow"), ("Cu", "alloy")], ("gap",))
    two = frozen(tmp_path, "two", [("Si", "narrow"), ("NaCl", "wide"), ("Cu", "metal")], ("gap",))
    found = row_changes(one, two, ["gap"])
    assert found.relabelled_examples == (Relabelled("Cu", "gap", ("alloy",), ("metal",)),)
    # A column of numbers that has become one of classes.
    numbers = frozen(tmp_path, "three", [("NaCl", "8.5"), ("Si", "1.1")])
    again = frozen(tmp_path, "four", [("NaCl", "8.5"), ("Si", "narrow")], ("gap",))
    assert row_changes(numbers, again, ["gap"]).relabelled == 2


def test_a_material_whose_label_was_taken_back_is_gone(tmp_path: Path) -> None:
    one = frozen(tmp_path, "one", [("NaCl", "8.5"), ("Si", "1.1")])
    two = frozen(tmp_path, "two", [("NaCl", ""), ("Si", "1.1")])
    found = row_changes(one, two, ["gap"])
    assert (found.gone_examples, found.relabelled) == (("NaCl",), 0)


@pytest.mark.parametrize(
    ("before", "came", "elements"),
    [([], ["NaCl"], ("Na", "Cl")), (["NaCl"], [], ()), (["NaCl"], ["NaBr", "?"], ("Br",))],
)
def test_elements_of_few_or_no_formulas(
    before: list[str], came: list[str], elements: tuple[str, ...]
) -> None:
    assert elements_new(before, came) == elements
