"""Tables as people save them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.csv_source import LONGEST_CELL
from matsluice.tasks.ingest.source_batch import BATCH_ROWS, SourceBatch, read_source

ReadTable = Callable[..., list[SourceBatch]]
RefusedTable = Callable[..., str]

PLAIN = b"formula,gap\nNaCl,8.5\nGaAs,1.4\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,  # as Excel saves "CSV UTF-8"
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.rstrip(b"\n"),
        b'"formula","gap"\n"NaCl","8.5"\n"GaAs","1.4"\n',
        b"formula , gap\n NaCl , 8.5\nGaAs\t,  1.4\n",
        b"gap,formula\n8.5,NaCl\n1.4,GaAs\n",
        b'note,formula,gap\n"a, b",NaCl,8.5\n"he said ""no""",GaAs,1.4\n',
    ],
    ids=[
        "plain",
        "byte order mark",
        "CRLF",
        "no last newline",
        "quotes",
        "blanks",
        "order",
        "commas in quotes",
    ],
)
def test_the_same_table_in_another_dress(read_table: ReadTable, content: bytes) -> None:
    (batch,) = read_table(content, ["gap"])
    assert batch.formulas == ["NaCl", "GaAs"]
    assert batch.labels == {"gap": ["8.5", "1.4"]}
    assert batch.ids == ["0", "1"]
    assert batch.places == ["table.csv:2", "table.csv:3"]
    assert batch.refusals == {}


def test_a_compressed_table(read_table: ReadTable) -> None:
    (batch,) = read_table(gzip.compress(PLAIN), name="table.csv.gz")
    assert batch.formulas == ["NaCl", "GaAs"]
    assert batch.places == ["table.csv.gz:2", "table.csv.gz:3"]
    assert batch.labels == {}


def test_rows_are_labelled_by_a_column(read_table: ReadTable) -> None:
    (batch,) = read_table(b"mp,formula\nmp-1,NaCl\nmp-2,GaAs\n", id="mp")
    assert batch.ids == ["mp-1", "mp-2"]


def test_blank_lines_are_no_rows_and_lines_are_still_counted_right(read_table: ReadTable) -> None:
    (batch,) = read_table(b"formula\nNaCl\n\n\nGaAs\n\n")
    assert batch.formulas == ["NaCl", "GaAs"]
    assert batch.ids == ["0", "1"]
    assert batch.places == ["table.csv:2", "table.csv:5"]


def test_a_stretch_of_blank_lines_does_not_end_the_table(read_table: ReadTable) -> None:
    batches = read_table(b"formula\nNaCl\n" + b"\n" * (2 * BATCH_ROWS) + b"GaAs\n")
    assert [formula for batch in batches for formula in batch.formulas] == ["NaCl", "GaAs"]


def test_a_cell_with_a_line_break_keeps_the_count_of_lines(read_table: ReadTable) -> None:
    (batch,) = read_table(b'formula,note\nNaCl,"two\nlines"\nGaAs,\n')
    assert batch.formulas == ["NaCl", "GaAs"]
    # A row stands where its last line does.
    assert batch.places == ["table.csv:3", "table.csv:4"]


def test_ragged_rows_are_refused_one_by_one(read_table: ReadTable) -> None:
    (batch,) = read_table(b"formula,gap\nNaCl,8.5\nGaAs\nSi,1,1\nZnO,3.4\n", ["gap"])
    assert list(batch.refusals) == [1, 2]
    assert batch.refusals[1].reason == "wrong number of fields"
    assert batch.refusals[1].detail == "the row has 1 fields, the header has 2"
    assert batch.refusals[2].detail == "the row has 3 fields, the header has 2"
    assert batch.formulas == ["NaCl", "", "", "ZnO"]
    assert batch.places[3] == "table.csv:5"


def test_a_long_table_comes_in_batches_numbered_on(read_table: ReadTable) -> None:
    rows = BATCH_ROWS + 3
    batches = read_table(b"formula\n" + b"NaCl\n" * rows)
    assert [len(batch.formulas) for batch in batches] == [BATCH_ROWS, 3]
    assert batches[1].ids == [str(BATCH_ROWS + i) for i in range(3)]
    assert batches[1].places[-1] == f"table.csv:{rows + 1}"


def test_a_table_is_read_no_further_than_asked(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"formula\n" + b"NaCl\n" * (2 * BATCH_ROWS) + b"\xff\n")
    batches = read_source("csv", CsvOptions(path=str(tmp_path / "t.csv"), formula="formula"))
    assert len(next(batches).ids) == BATCH_ROWS
    assert len(next(batches).ids) == BATCH_ROWS
    with pytest.raises(InvalidInput, match=f"line {2 * BATCH_ROWS + 2}: not UTF-8"):
        next(batches)


def test_several_files_are_one_table_in_alphabetical_order(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("formula,x\nGaAs,1\n")
    (tmp_path / "a.csv").write_text("x,formula\n1,NaCl\n2,Si\n")  # the columns may stand in another order
    (tmp_path / "c.txt").write_text("not of them")
    (batch_a, batch_b) = read_source("csv", CsvOptions(path=str(tmp_path / "*.csv"), formula="formula"))
    assert batch_a.formulas + batch_b.formulas == ["NaCl", "Si", "GaAs"]
    assert batch_a.ids + batch_b.ids == ["0", "1", "2"]
    assert batch_b.places == ["b.csv:2"]


def test_one_file_of_several_may_have_a_header_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("formula\n")
    (tmp_path / "b.csv").write_text("formula\nGaAs\n")
    (batch,) = read_source("csv", CsvOptions(path=str(tmp_path / "*.csv"), formula="formula"))
    assert batch.formulas == ["GaAs"]


def test_files_that_went_away_after_the_campaign_was_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("formula\nNaCl\n")
    options = CsvOptions(path=str(tmp_path / "a.csv"), formula="formula")
    (tmp_path / "a.csv").unlink()
    with pytest.raises(InvalidInput, match=r"no file matches .*a\.csv"):
        list(read_source("csv", options))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "table.csv is empty: its first line must name the columns"),
        (b"\n\n", "table.csv is empty: its first line must name the columns"),
        (b"formula,gap\n", "table.csv has a header but no rows"),
        (b"formula,gap\n\n\n", "table.csv has a header but no rows"),
        (
            b"composition,gap\nNaCl,1\n",
            'table.csv has no column "formula"; it has: composition, gap',
        ),
        (
            b"formulae,gap\nNaCl,1\n",
            'table.csv has no column "formula": did you mean "formulae"? It has: formulae, gap',
        ),
        (
            b"formula,bandgap\nNaCl,1\n",
            'table.csv has no column "gap": did you mean "bandgap"? It has: formula, bandgap',
        ),
        (
            b"formula\tgap\nNaCl\t1\n",
            'table.csv has no column "formula": its fields stand between tabs; write commas between them',
        ),
        (
            b"formula;gap\nNaCl;1\n",
            'table.csv has no column "formula": its fields stand between semicolons; write commas between them',
        ),
        (
            b"formula,gap,gap\nNaCl,1,2\n",
            'table.csv names the column "gap" 2 times; name each once',
        ),
        (
            b"formula,gap\nNaCl,1\nGa\xc5s,2\n",
            "table.csv, line 3: not UTF-8 (byte 0xC5 at byte 3 of the line); save the file as UTF-8",
        ),
        (
            "formula,gap\nNaCl,1\n".encode("utf-16"),
            "table.csv, line 1: not UTF-8 (byte 0xFF at byte 1 of the line); save the file as UTF-8",
        ),
    ],
    ids=[
        "empty", "blank lines", "header only", "header and blank lines", "other column", "like column",
        "no target", "tabs", "semicolons", "column twice", "Latin-1", "UTF-16",
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used(refused_table: RefusedTable, content: bytes, sentence: str) -> None:
    assert refused_table(content, ["gap"]) == sentence


def test_a_column_nobody_asks_for_may_stand_twice(read_table: ReadTable) -> None:
    (batch,) = read_table(b"formula,note,note\nNaCl,a,b\n")
    assert batch.formulas == ["NaCl"]


def test_a_missing_id_column(refused_table: RefusedTable) -> None:
    sentence = refused_table(b"formula,material_id\nNaCl,1\n", id="materialid")
    assert sentence.startswith('table.csv has no column "materialid": did you mean "material_id"?')


@pytest.mark.parametrize("kept", [12, -1, -9])
def test_half_a_compressed_table(refused_table: RefusedTable, kept: int) -> None:
    many = b"formula\n" + b"NaCl\n" * 5000
    sentence = refused_table(gzip.compress(many)[:kept], name="table.csv.gz")
    assert sentence.startswith("table.csv.gz, after line ")
    assert ": not a whole gzip file (" in sentence


def test_a_compressed_table_with_a_flipped_bit(refused_table: RefusedTable) -> None:
    packed = bytearray(gzip.compress(PLAIN * 50))
    packed[len(packed) // 2] ^= 0x10
    assert "not a whole gzip file" in refused_table(bytes(packed), name="table.csv.gz")


def test_a_table_that_only_says_it_is_compressed(refused_table: RefusedTable) -> None:
    sentence = refused_table(PLAIN, name="table.csv.gz")
    assert sentence.startswith("table.csv.gz, after line 0: not a whole gzip file (Not a gzipped file")


def test_a_quotation_mark_left_open(refused_table: RefusedTable) -> None:
    rows = b"NaCl,1.0\n" * (LONGEST_CELL // 8)
    sentence = refused_table(b'formula,gap\n"NaCl,1.0\n' + rows, ["gap"])
    assert sentence.startswith("table.csv, line ")
    assert sentence.endswith("is a quotation mark left open?")


def test_a_quotation_mark_left_open_near_the_end(read_table: ReadTable) -> None:
    # Too short to be sure of: what it swallowed is one row of too few fields, refused with its place.
    (batch,) = read_table(b'formula,gap\nNaCl,1.0\n"GaAs,1.4\nSi,1.1\n', ["gap"])
    assert list(batch.refusals) == [1]
    assert batch.refusals[1].reason == "wrong number of fields"


def test_a_file_that_cannot_be_read_is_no_stack_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")  # the superuser never meets it

    (tmp_path / "t.csv").write_bytes(PLAIN)
    options = CsvOptions(path=str(tmp_path / "t.csv"), formula="formula")
    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(InvalidInput, match=r"t\.csv cannot be read: Permission denied"):
        list(read_source("csv", options))
