"""Cells that name files: which of them are read, and what of them is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from matsluice.tasks.electronic.reader import read_record
from matsluice.tasks.electronic.record import CannotRead
from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.source_batch import SourceBatch, read_source

SECRET = "root:x:0:0:nobody-should-read-this"
POSCAR = "NaCl\n1.0\n4 0 0\n0 4 0\n0 0 4\nCs Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with tables, beside one that they have no business with."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "passwd").write_text(SECRET)
    (tmp_path / "private" / "CsCl.vasp").write_text(POSCAR)
    (tmp_path / "private" / "vasprun.xml").write_text("<modeling>")
    tables = tmp_path / "tables"
    (tables / "cells").mkdir(parents=True)
    (tables / "cells" / "CsCl.vasp").write_text(POSCAR)
    (tables / "link.vasp").symlink_to(tmp_path / "private" / "CsCl.vasp")
    (tables / "way_out").symlink_to(tmp_path / "private")
    (tables / "run").mkdir()
    (tables / "run" / "vasprun.xml").symlink_to(tmp_path / "private" / "vasprun.xml")
    (tables / "note.txt").write_text(SECRET)
    return tables


def read(folder: Path, column: str, *cells: str, **more: str) -> SourceBatch:
    (folder / "t.csv").write_text("\n".join(["cell", *cells]) + "\n")
    options = CsvOptions.model_validate({"path": str(folder / "t.csv"), column: "cell", **more})
    (batch,) = read_source("csv", options)
    limit = Path(more.get("files_below", folder)).resolve()
    if "files_below" in more:
        assert all(Path(os.path.realpath(named)).is_relative_to(limit) for named in options.named_files())
    return batch


WRITTEN = ["../private/CsCl.vasp", "cells/../../private/CsCl.vasp", "../private/passwd"]
LINKS = ["link.vasp", "way_out/CsCl.vasp"]
ABSOLUTE = ["{private}/CsCl.vasp", "/etc/passwd", "/proc/self/environ"]


@pytest.mark.parametrize("column", ["structure", "electronic"])
@pytest.mark.parametrize(
    ("cell", "named"),
    [(cell, False) for cell in WRITTEN] + [(cell, True) for cell in (*WRITTEN, *LINKS, *ABSOLUTE)],
)
def test_no_cell_leads_out_of_the_folder(folder: Path, column: str, cell: str, named: bool) -> None:
    more = {"files_below": str(folder)} if named else {}
    batch = read(folder, column, cell.format(private=folder.parent / "private"), **more)
    (refusal,) = batch.refusals.values()
    assert refusal.reason == "outside"
    assert "files_below" in refusal.detail
    for leaked in ("root:x", "nobody-should", "PATH="):
        assert leaked not in str(batch)
    if column == "electronic":
        assert batch.electronic == [""]


def test_a_folder_of_a_calculation_must_not_hold_links_that_lead_out(folder: Path) -> None:
    (refusal,) = read(folder, "electronic", "run", files_below=str(folder)).refusals.values()
    assert refusal.reason == "outside"
    assert read(folder, "electronic", "run").refusals == {}


def test_what_stands_below_is_read_and_what_its_owner_has_linked_there(folder: Path) -> None:
    absolute = str(folder / "cells" / "CsCl.vasp")
    batch = read(folder, "structure", "cells/CsCl.vasp", "cells/../cells/CsCl.vasp", absolute, *LINKS)
    assert batch.refusals == {}
    assert batch.crystals is not None
    assert len(batch.crystals.batch) == 5


def test_an_absolute_path_is_taken_at_its_word_and_no_text_of_it_is_quoted(folder: Path) -> None:
    cells = [cell.format(private=folder.parent / "private") for cell in ABSOLUTE]
    batch = read(folder, "structure", *cells)
    assert sorted(batch.refusals) == [1, 2]
    documents = read(folder, "electronic", *cells[1:]).electronic
    assert documents == cells[1:]
    said = str(batch)
    for document in cells[1:]:
        with pytest.raises(CannotRead) as refused:
            read_record(document)
        said += str(refused.value)
    for leaked in ("root:x", "nobody-should", "PATH="):
        assert leaked not in said


def test_the_campaign_can_name_another_folder(folder: Path) -> None:
    private = folder.parent / "private"
    batch = read(
        folder, "structure", "../private/CsCl.vasp", "link.vasp", "note.txt", files_below=str(private)
    )
    assert {row: refusal.reason for row, refusal in batch.refusals.items()} == {2: "outside"}
    documents = read(folder, "electronic", "run", files_below=str(folder.parent))
    assert documents.electronic == [str(folder / "run")]


def test_what_a_file_holds_is_not_quoted(folder: Path) -> None:
    (refusal,) = read(folder, "structure", "note.txt").refusals.values()
    assert refusal.reason == "unreadable structure"
    assert "note.txt" in refusal.detail
    assert "root:x" not in refusal.detail


def test_a_relative_folder_is_the_campaigns(tmp_path: Path) -> None:
    options = CsvOptions.model_validate(
        {"path": "t.csv", "structure": "cell", "files_below": "../runs"},
        context={"folder": tmp_path / "campaign", "files_must_exist": False},
    )
    assert options.files_below == str(tmp_path / "runs")


@pytest.mark.parametrize("cell", ["a\0b", "x" * 5000])
def test_a_cell_that_can_be_no_files_name_costs_its_row(folder: Path, cell: str) -> None:
    assert len(read(folder, "electronic", "{}", cell).electronic or ()) == 2
