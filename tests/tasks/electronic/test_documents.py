"""What a document is, and what its key depends on."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from matsluice.tasks.electronic import CannotRead, ElectronicBatch
from matsluice.tasks.electronic.documents import document_key, kind_of, recognised_files


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("vasprun.xml", "vasprun"),
        ("si_vasprun.xml.gz", "vasprun"),
        ("LOCPOT", "locpot"),
        ("zns_bulk_LOCPOT.gz", "locpot"),
        ("dos.json.gz", "json"),
        ("average.CSV", "profile"),
        ("other.xml", None),
        ("OUTCAR", None),
    ],
)
def test_a_name_says_what_a_file_holds(name: str, kind: str | None) -> None:
    assert kind_of(Path(name)) == kind


def test_a_key_is_of_the_content_not_of_the_name(tmp_path: Path) -> None:
    for name, content in (("a.json", b"{}"), ("b.json", b"{}"), ("c.json", b"{ }")):
        (tmp_path / name).write_bytes(content)
    a, b, c = ElectronicBatch(tuple(str(tmp_path / name) for name in ("a.json", "b.json", "c.json"))).keys()
    assert a == b != c
    assert len(a) == 32
    assert set(a) <= set("0123456789abcdef")


def test_the_layout_of_json_text_does_not_change_its_key() -> None:
    assert document_key('{"x": 1.50, "y": [1, 2]}') == document_key('\n{"y":[1,2],"x":1.5}')
    assert document_key('{"x": 1}') != document_key('{"x": 2}')


def test_text_that_is_no_json_has_a_key_and_is_refused_later() -> None:
    assert document_key("{oops") != document_key("{oops!")


def test_a_folder_has_the_key_of_the_files_that_are_read(slab_run: Path) -> None:
    before = document_key(str(slab_run))
    (slab_run / "OUTCAR").write_text("not read")
    assert document_key(str(slab_run)) == before
    (slab_run / "LOCPOT").write_text("another")
    assert document_key(str(slab_run)) != before


def test_a_file_beside_its_packed_copy_is_read_once(slab_run: Path) -> None:
    (slab_run / "LOCPOT.gz").write_bytes(gzip.compress((slab_run / "LOCPOT").read_bytes()))
    assert [path.name for path in recognised_files(slab_run)] == ["vasprun.xml", "LOCPOT"]


@pytest.mark.parametrize("name", ["nothing-there.json", "empty-folder"])
def test_a_path_that_leads_nowhere_has_no_key(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty-folder").mkdir()
    with pytest.raises(CannotRead):
        document_key(str(tmp_path / name))


def test_slices_and_rows_of_a_batch() -> None:
    batch = ElectronicBatch(("a", "b", "c", "d"))
    assert batch.slice(1, 3).documents == ("b", "c")
    assert batch.take([3, 0]).documents == ("d", "a")
    assert len(batch.slice(2, 2)) == 0
