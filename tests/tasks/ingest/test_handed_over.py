"""A table somebody hands over on the command line."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.handed_over import GivenColumns, source_of
from matsluice.tasks.ingest.source_batch import read_source

if TYPE_CHECKING:
    from matsluice.tasks.material.materials import Needs


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("id,formula", "formula"),
        ("composition,formula", "formula"),
        ("id, composition ", "composition"),
        ("\ufeffcomposition,gap", "composition"),
        ("pretty_formula", "pretty_formula"),
    ],
)
def test_the_usual_column_is_found(tmp_path: Path, header: str, column: str) -> None:
    (tmp_path / "t.csv").write_text(f"{header}\n", encoding="utf-8")
    assert source_of(tmp_path / "t.csv")[1].model_dump()["formula"] == column
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(f"{header}\n".encode()))
    assert source_of(tmp_path / "t.csv.gz")[1].model_dump()["formula"] == column


def test_a_column_somebody_names_is_taken(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("formula,alloy\nNaCl,Fe0.9Ni0.1\n")
    (batch,) = read_source(*source_of(tmp_path / "t.csv", GivenColumns("alloy")))
    assert batch.formulas == ["Fe0.9Ni0.1"]


def test_a_name_with_a_pattern_in_it_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "t[1]*.csv").write_text("formula\nNaCl\n")
    (tmp_path / "t1.csv").write_text("formula\nGaAs\n")
    (batch,) = read_source(*source_of(tmp_path / "t[1]*.csv"))
    assert batch.formulas == ["NaCl"]


def test_no_usual_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("alloy,gap\nNaCl,1\n")
    with pytest.raises(InvalidInput, match=r"which one has the materials; it has: alloy, gap"):
        source_of(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("needs", "columns"),
    [
        ({"composition"}, {"formula": "formula"}),
        ({"structure"}, {"structure": "cif"}),
        ({"electronic"}, {"electronic": "vasprun"}),
        ({"electronic", "composition"}, {"formula": "formula", "electronic": "vasprun"}),
        ({"electronic", "structure"}, {"structure": "cif", "electronic": "vasprun"}),
    ],
)
def test_the_columns_that_are_needed_are_found(
    tmp_path: Path, needs: set[Needs], columns: dict[str, str]
) -> None:
    (tmp_path / "t.csv").write_text("formula,cif,vasprun\n")
    _, options = source_of(tmp_path / "t.csv", needs=needs)
    assert options.model_dump(exclude_none=True, exclude={"path"}) == columns


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no file .*t\.csv"):
        source_of(tmp_path / "t.csv")
    with pytest.raises(InvalidInput, match="holds no file of structures"):
        source_of(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"caf\xe9,formula\n", "line 1: not UTF-8"),
        ("t.csv.gz", b"formula\n", "not a whole gzip file"),
        ("t.csv.gz", gzip.compress(b"formula\nNaCl\n" * 99)[:20], "not a whole gzip file"),
        ("t.csv.gz", gzip.compress(b"formula\nNaCl\n")[:10] + b"\xff" * 20, "not a whole gzip file"),
    ],
    ids=["empty", "Latin-1", "not compressed", "half", "garbled"],
)
def test_a_damaged_table_is_answered_by_its_reader(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=sentence):
        list(read_source(*source_of(tmp_path / name)))
