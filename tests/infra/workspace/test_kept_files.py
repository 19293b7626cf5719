"""Results kept under what they were made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from matsluice.infra.workspace.kept_files import KeptFiles


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "made.npz"
    path.write_bytes(b"a fit")
    return path


def test_what_is_kept_costs_no_room_and_outlives_the_original(tmp_path: Path, made: Path) -> None:
    kept = KeptFiles(tmp_path / "kept")
    kept.keep("key", made)
    kept.keep("key", made)
    (only,) = (tmp_path / "kept").iterdir()
    assert only.stat().st_ino == made.stat().st_ino
    made.unlink()
    assert kept.recall("key", tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == b"a fit"


def test_a_damaged_file_is_dropped_and_not_handed_out(tmp_path: Path, made: Path) -> None:
    kept = KeptFiles(tmp_path / "kept")
    kept.keep("key", made)
    (only,) = (tmp_path / "kept").iterdir()
    only.unlink()
    only.write_bytes(b"a fid")
    assert not kept.recall("key", tmp_path / "again.npz")
    assert not (tmp_path / "again.npz").exists()
    kept.keep("key", made)
    assert kept.recall("key", tmp_path / "again.npz")


def test_others_are_dropped(tmp_path: Path, made: Path) -> None:
    kept = KeptFiles(tmp_path / "kept")
    for key in ("one", "two", "three-hits"):
        kept.keep(key, made)
    kept.drop_others({"two", "three-hits"})
    assert [kept.recall(key, tmp_path / key) for key in ("one", "two", "three-hits")] == [False, True, True]


def test_nothing_is_kept_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path / "none")
    assert not kept.recall("key", tmp_path / "target")
    kept.drop_others(set())
    assert not (tmp_path / "none").exists()
