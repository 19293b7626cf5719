from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from matsluice.infra.workspace.permissions import make_folder


@pytest.fixture(autouse=True)
def group_umask() -> Iterator[None]:
    """The umask of a group that shares its files."""
    before = os.umask(0o007)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(("private", "expected"), [(True, 0o700), (False, 0o770)])
def test_a_new_folder_is_for_whom_it_is_meant(tmp_path: Path, private: bool, expected: int) -> None:
    folder = tmp_path / "shared" / "workspace"
    assert make_folder(folder, private=private)
    assert mode(folder) == expected
    assert mode(folder.parent) == 0o770  # what leads there is as ever


def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir(0o755)
    before = mode(tmp_path / "workspace")
    assert not make_folder(tmp_path / "workspace", private=True)
    assert mode(tmp_path / "workspace") == before
