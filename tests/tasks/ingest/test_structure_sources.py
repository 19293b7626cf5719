"""Sources of structures: tables with a column of them, and files."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.source_batch import SourceBatch, read_source
from matsluice.tasks.ingest.structure_files_options import (
    CifOptions,
    ExtxyzOptions,
    JsonOptions,
    PoscarOptions,
    StructureFilesOptions,
)

CIF = """data_{name}
_cell_length_a 4.12
_cell_length_b 4.12
_cell_length_c 4.12
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Cs1 0 0 0
Cl1 0.5 0.5 0.5
"""
POSCAR = "CsCl\n1.0\n4.12 0 0\n0 4.12 0\n0 0 4.12\nCs Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n"
FRAME = '2\nLattice="4 0 0 0 4 0 0 0 4" name={name} gap={gap}\nCs 0 0 0\nCl 2 2 2\n'
CSCL = Structure(Lattice.cubic(4.12), ["Cs", "Cl"], [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])


def read(
    kind: str, options: type[StructureFilesOptions], targets: tuple[str, ...] = (), **keys: Any
) -> SourceBatch:
    (batch,) = read_source(kind, options.model_validate(keys), targets)
    assert batch.crystals is not None
    assert sorted([*batch.crystals.rows.tolist(), *batch.refusals]) == list(range(len(batch.ids)))
    assert batch.formulas == [""] * len(batch.ids)
    return batch


def test_a_table_with_structures_as_text_and_as_paths(tmp_path: Path) -> None:
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / "a.cif.gz").write_bytes(gzip.compress(CIF.encode()))
    texts = [CIF, "cells/a.cif.gz", POSCAR, json.dumps(CSCL.as_dict()), "cells/none.cif", "", CIF]
    with (tmp_path / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["id", "cell", "gap"], *([f"m{i}", text, i] for i, text in enumerate(texts))]
        )
    options = CsvOptions(path=str(tmp_path / "t.csv"), structure="cell", id="id")
    assert options.gives == {"composition", "structure"}
    (batch,) = read_source("csv", options, ["gap"])
    assert batch.crystals is not None
    assert batch.crystals.rows.tolist() == [0, 1, 2, 3, 6]
    assert {row: why.reason for row, why in batch.refusals.items()} == {
        4: "unreadable file",
        5: "no structure",
    }
    assert batch.labels["gap"] == list("0123456")
    # The header's line, those of the CIF, and that of the quotation mark after its last line break.
    lines = 1 + CIF.count("\n") + 1
    assert batch.places[:2] == [f"t.csv:{lines}", f"t.csv:{lines + 1}"]
    assert batch.electronic is None


def test_a_table_with_electronic_structures(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('formula,run\nSi,runs/vasprun.xml\nGe,"{""a"": 1}"\nC,\n')
    options = CsvOptions(path=str(tmp_path / "t.csv"), formula="formula", electronic="run")
    assert options.gives == {"composition", "electronic"}
    (batch,) = read_source("csv", options)
    assert batch.electronic == [str(tmp_path / "runs" / "vasprun.xml"), '{"a": 1}', ""]
    assert CsvOptions(path=str(tmp_path / "t.csv"), electronic="run").gives == {"electronic"}


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "no column with the materials is named"),
        ({"formula": "a", "structure": "b"}, "name one of them"),
        ({"structure": "a", "id": "a"}, 'id and structure both name the column "a"'),
        ({"structure": "a", "electronic": "a"}, "they are different columns"),
    ],
)
def test_columns_that_contradict(tmp_path: Path, keys: dict[str, str], sentence: str) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValidationError, match=sentence):
        CsvOptions(path=str(tmp_path / "t.csv"), **keys)


def test_a_folder_of_cifs_with_a_table_of_values(tmp_path: Path) -> None:
    for name in ("sub", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.cif").write_text(CIF)
    (tmp_path / "b.CIF").write_bytes(b"# J\xe4ger\r\n" + CIF.replace("\n", "\r\n").encode())
    (tmp_path / "a.cif").write_text(CIF.format(name="one") + CIF.format(name="two"))
    (tmp_path / "half.cif.gz").write_bytes(gzip.compress(CIF.encode())[:-9])
    (tmp_path / "binary.cif").write_bytes(b"\x00\x01")
    (tmp_path / "empty.cif").write_bytes(b"")
    (tmp_path / "values.csv").write_text("file,gap\na,1.5\nb,2.5\nsub/same,3\n")
    keys = {"path": str(tmp_path), "labels": str(tmp_path / "values.csv"), "labels_id": "file"}
    batch = read("cif", CifOptions, ("gap",), **keys)
    assert dict(zip(batch.ids, batch.labels["gap"], strict=True)) == {
        "a:one": "1.5", "a:two": "1.5", "b": "2.5", "sub/same": "3",
        "binary": "", "empty": "", "half": "", "other/same": "",
    }  # fmt: skip
    assert batch.places[batch.ids.index("a:two")] == "a.cif:two"
    assert {batch.ids[row]: why.reason for row, why in batch.refusals.items()} == {
        "binary": "unreadable file",
        "half": "unreadable file",
        "empty": "no structure",
    }
    with pytest.raises(InvalidInput, match="name a table that has them with labels"):
        list(read_source("cif", CifOptions(path=str(tmp_path)), ["gap"]))


def test_folders_of_calculations(tmp_path: Path) -> None:
    for name in ("NaCl", "Si"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "POSCAR").write_text(POSCAR)
        (tmp_path / name / "OUTCAR").write_text("no structure")
    batch = read("poscar", PoscarOptions, path=str(tmp_path))
    assert batch.ids == ["NaCl", "Si"]
    assert not batch.refusals


def test_frames_with_their_values(tmp_path: Path) -> None:
    frames = (
        FRAME.format(name="x", gap=1.5) + FRAME.format(name="y", gap=2) + FRAME.format(name="z", gap=3)[:40]
    )
    (tmp_path / "train.extxyz.gz").write_bytes(gzip.compress(frames.encode()))
    batch = read("extxyz", ExtxyzOptions, ("gap",), path=str(tmp_path / "train.extxyz.gz"), id="name")
    assert batch.ids[:2] == ["x", "y"]
    assert batch.labels["gap"][:2] == ["1.5", "2"]
    assert batch.places[1] == "train.extxyz.gz:2"
    assert list(batch.refusals) == [2]
    assert read("extxyz", ExtxyzOptions, path=str(tmp_path)).ids == ["0", "1", "2"]


def test_json_in_its_forms(tmp_path: Path) -> None:
    rows = [
        {"structure": CSCL.as_dict(), "gap": 1.5, "id": "x"},
        {"structure": POSCAR, "gap": None, "id": "y"},
    ]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    (tmp_path / "rows.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows[:1]) + '{"gap"\n{"gap": 1}\n'
    )
    (tmp_path / "one.json").write_text(json.dumps(CSCL.as_dict()))
    batch = read("json", JsonOptions, ("gap",), path=str(tmp_path))
    assert batch.places == [
        "one.json:1",
        "rows.json:1",
        "rows.json:2",
        "rows.jsonl:1",
        "rows.jsonl:2",
        "rows.jsonl:3",
    ]
    assert batch.labels["gap"] == ["", "1.5", "", "1.5", "", "1"]
    assert {row: why.reason for row, why in batch.refusals.items()} == {
        4: "unreadable JSON",
        5: "no structure",
    }
    assert read("json", JsonOptions, path=str(tmp_path / "rows.json"), id="id").ids == ["x", "y"]
    (tmp_path / "cut.json").write_text(json.dumps(rows)[:-10])
    assert list(read("json", JsonOptions, path=str(tmp_path / "cut.json")).refusals) == [1]


def test_a_folder_without_fitting_files(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"holds no file named \*\.cif"):
        CifOptions(path=str(tmp_path))
