"""Files that were made to fill memory or time, or are just broken: each is refused in one sentence."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.electronic.reader import read_record
from matsluice.tasks.electronic.record import CannotRead
from matsluice.tasks.ingest import bounded_input
from matsluice.tasks.ingest.bounded_input import (
    LONGEST_LINE,
    MOST_RATIO,
    NotReadable,
    bounded_bytes,
    bounded_lines,
)
from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.handed_over import source_of
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.ingest.structure_files import text_of
from matsluice.tasks.ingest.structure_files_options import (
    CifOptions,
    ExtxyzOptions,
    JsonOptions,
    PoscarOptions,
)
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.material.cells import MOST_SITES, CellRefused

BOMB_BYTES = 64 * 1024**2
CIF_HEAD = """data_x
_cell_length_a 40
_cell_length_b 40
_cell_length_c 40
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
"""
SITES = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A table of 64 MiB in some 64 kB."""
    line = b"Na" * 500 + b"\n"
    packed = gzip.compress(b"formula\n" + line * (BOMB_BYTES // len(line)), 9)
    assert len(packed) * MOST_RATIO < BOMB_BYTES - 2**24
    return packed


def table(path: Path) -> CsvOptions:
    return CsvOptions(path=str(path), formula="formula")


def test_a_bomb_is_no_table(tmp_path: Path, bomb: bytes) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(bomb)
    with pytest.raises(
        InvalidInput, match=r"t\.csv\.gz, after line \d+: unpacks to more than 250 times its size"
    ):
        list(read_source("csv", table(path)))


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("t.cif.gz", "cif", CifOptions),
        ("t.vasp.gz", "poscar", PoscarOptions),
        ("t.extxyz.gz", "extxyz", ExtxyzOptions),
        ("t.json.gz", "json", JsonOptions),
        ("t.jsonl.gz", "json", JsonOptions),
    ],
)
def test_a_bomb_is_no_structure(
    tmp_path: Path, bomb: bytes, name: str, kind: str, options: type[CifOptions]
) -> None:
    (tmp_path / name).write_bytes(bomb)
    batches = list(read_source(kind, options(path=str(tmp_path / name))))
    why = [refusal for batch in batches for refusal in batch.refusals.values()]
    assert all(batch.crystals is not None and not len(batch.crystals.batch) for batch in batches)
    # Frames begin with a number, so the first line of the bomb is where those end.
    assert kind == "extxyz" or "unpacks to more than 250 times" in why[-1].detail


def test_a_bomb_is_no_electronic_structure(tmp_path: Path, bomb: bytes) -> None:
    path = tmp_path / "vasprun.xml.gz"
    path.write_bytes(bomb)
    with pytest.raises(CannotRead, match="unpacks to more than 250 times"):
        read_record(str(path))


def test_a_bomb_handed_over_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a" * BOMB_BYTES, 9))
    source, options = source_of(path)
    with pytest.raises(
        InvalidInput, match=r"after line 0: (line 1 is longer than 16 MiB|unpacks to more than)"
    ):
        list(read_source(source, options))


def test_what_is_packed_well_is_no_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv.gz"
    rows = "".join(f"Na{i % 97 + 1}Cl{i % 89 + 1}\n" for i in range(100_000))
    monkeypatch.setattr(bounded_input, "RATIO_HOLDS_FROM", 1000)
    packed = gzip.compress(rows.encode())
    path.write_bytes(packed)
    assert sum(map(len, bounded_lines(path))) == len(rows)


def test_the_size_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"formula\nNaCl\n" * 99))
    monkeypatch.setattr(bounded_input, "MOST_STREAMED_BYTES", 500)
    with pytest.raises(NotReadable, match="unpacks to more than 0 GiB; split it"):
        list(bounded_lines(path))
    with pytest.raises(NotReadable, match="holds more than 0 MiB; split it"):
        bounded_bytes(Path(__file__), 100)


def test_packed_twice(tmp_path: Path) -> None:
    twice = gzip.compress(gzip.compress(b"formula\nNaCl\n"))
    (tmp_path / "t.csv.gz").write_bytes(twice)
    with pytest.raises(InvalidInput, match=r"t\.csv\.gz, after line 0: packed twice; unpack it once"):
        list(read_source("csv", table(tmp_path / "t.csv.gz")))
    (tmp_path / "x.cif.gz").write_bytes(twice)
    with pytest.raises(CellRefused, match=r"x\.cif\.gz: packed twice"):
        text_of(tmp_path / "x.cif.gz")


def test_half_a_packed_file(tmp_path: Path) -> None:
    (tmp_path / "x.cif.gz").write_bytes(gzip.compress(CIF_HEAD.encode() * 50)[:-9])
    with pytest.raises(CellRefused, match="not a whole gzip file"):
        text_of(tmp_path / "x.cif.gz")
    # A flipped bit that deflate itself finds.
    (tmp_path / "y.cif.gz").write_bytes(gzip.compress(b"")[:10] + zlib.compress(b"x")[2:3] + b"\xff" * 20)
    with pytest.raises(CellRefused, match="not a whole gzip file"):
        text_of(tmp_path / "y.cif.gz")


def test_a_formula_of_ten_megabytes(tmp_path: Path) -> None:
    formula = "Fe2O3" * 2_000_000
    (refused,) = parse_formulas([formula]).refused
    assert refused.reason == "too long"
    assert len(refused.detail) < 200
    (tmp_path / "t.csv").write_text(f"formula\nNaCl\n{formula}\n")
    with pytest.raises(InvalidInput, match=r"line 3: field larger than field limit") as caught:
        list(read_source("csv", table(tmp_path / "t.csv")))
    assert len(str(caught.value)) < 500


def test_a_line_that_does_not_end(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"formula\nNaCl\n" + b"x" * (LONGEST_LINE + 1))
    with pytest.raises(InvalidInput, match=r"t\.csv, after line 2: line 3 is longer than 16 MiB"):
        list(read_source("csv", table(tmp_path / "t.csv")))
    (tmp_path / "t.jsonl").write_bytes(b'{"a": 1}\n[' + b"1," * (LONGEST_LINE // 2))
    (batch,) = read_source("json", JsonOptions(path=str(tmp_path / "t.jsonl")))
    assert "line 2 is longer than 16 MiB" in batch.refusals[1].detail


def test_a_line_of_ten_megabytes_costs_its_row(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps({"structure": "x" * 10_000_000}) + '\n{"structure": "y"}\n')
    (batch,) = read_source("json", JsonOptions(path=str(tmp_path / "t.jsonl")))
    assert {why.reason for why in batch.refusals.values()} == {"unreadable structure"}
    assert len(batch.refusals[0].detail) < 200


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("formula\nNaCl\n".encode("utf-16-le"))
    with pytest.raises(InvalidInput, match='has no column "formula"'):
        list(read_source("csv", table(tmp_path / "t.csv")))
    (tmp_path / "t.csv").write_bytes(b"formula\nNa\0Cl\nNaCl\n")
    (batch,) = read_source("csv", table(tmp_path / "t.csv"))
    assert {row: why.reason for row, why in examine(batch).refusals.items()} == {0: "unexpected character"}
    (tmp_path / "x.cif").write_bytes(CIF_HEAD.encode() + b"\0")
    with pytest.raises(CellRefused, match="not text"):
        text_of(tmp_path / "x.cif")
    (tmp_path / "t.jsonl").write_bytes(b'{"a": 1}\n\0\n')
    (batch,) = read_source("json", JsonOptions(path=str(tmp_path / "t.jsonl")))
    assert batch.refusals[1].reason == "unreadable JSON"


@pytest.mark.parametrize("kind", ["listed", "by symmetry"])
def test_a_cif_with_millions_of_atoms(tmp_path: Path, kind: str) -> None:
    """Ten million: so many lines, or a few thousand that symmetry multiplies by 192; neither is ever made."""
    listed = MOST_SITES + 1 if kind == "listed" else 53_000
    group = "" if kind == "listed" else "_symmetry_space_group_name_H-M 'F m -3 m'\n"
    lines = "".join(f"Na{i} 0.{i:07d} 0.1 0.2\n" for i in range(listed))
    (tmp_path / "x.cif").write_text(CIF_HEAD + group + SITES + lines)
    (batch,) = read_source("cif", CifOptions(path=str(tmp_path / "x.cif")))
    assert batch.refusals[0].reason == "too many sites"
    if kind == "by symmetry":
        assert f"make {53_000 * 192} images" in batch.refusals[0].detail


def test_other_files_with_too_many_atoms(tmp_path: Path) -> None:
    (tmp_path / "POSCAR").write_text("x\n1\n4 0 0\n0 4 0\n0 0 4\nNa\n10000000\nDirect\n0 0 0\n")
    (batch,) = read_source("poscar", PoscarOptions(path=str(tmp_path / "POSCAR")))
    assert batch.refusals[0].reason == "too many sites"
    frame = 'Lattice="4 0 0 0 4 0 0 0 4"\n' + "Na 0 0 0\n" * (MOST_SITES + 1)
    (tmp_path / "t.xyz").write_text(f"{MOST_SITES + 1}\n{frame}1\n{frame[:28]}Na 0 0 0\n")
    (batch,) = read_source("extxyz", ExtxyzOptions(path=str(tmp_path / "t.xyz")))
    assert {row: why.reason for row, why in batch.refusals.items()} == {0: "too many sites"}
    assert batch.crystals is not None
    assert batch.crystals.rows.tolist() == [1]
    site = {"species": [{"element": "Na", "occu": 1}], "abc": [0, 0, 0]}
    lattice = {"matrix": [[4, 0, 0], [0, 4, 0], [0, 0, 4]]}
    (tmp_path / "t.json").write_text(json.dumps({"lattice": lattice, "sites": [site] * (MOST_SITES + 1)}))
    (batch,) = read_source("json", JsonOptions(path=str(tmp_path / "t.json")))
    assert batch.refusals[0].reason == "too many sites"
