"""Where things stand in a workspace, and whether it can be written."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.layout import Workspace

# Read by the child while it may still read the interpreter's folders; then it is nobody, who owns nothing.
CHECK = """
import os, sys
from pathlib import Path
from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.layout import Workspace
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    Workspace(Path(sys.argv[1])).check_writable()
except InvalidInput as mistake:
    print(mistake)
"""


def told_without_superuser_rights(workspace: Path) -> str:
    command = [sys.executable, "-c", CHECK, str(workspace)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    assert answer.stderr == ""
    return answer.stdout


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own is for its owner only."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for inside in folder.iterdir():
        inside.chmod(0o755)
    shutil.rmtree(folder)


def test_every_path_is_inside_the_workspace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.snapshots == tmp_path / "snapshots"
    assert workspace.features == tmp_path / "features"
    assert workspace.campaign_folder("solar") == tmp_path / "runs" / "solar"
    assert workspace.run_directory("solar", "run-1").parent == workspace.campaign_folder("solar")


@pytest.mark.parametrize("below", [".", "new", "new/and/deeper"])
def test_a_workspace_that_can_be_made_is_not_made_by_asking(tmp_path: Path, below: str) -> None:
    Workspace(tmp_path / below).check_writable()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "workspace", "deep/workspace"])
def test_a_file_in_the_place_of_a_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InvalidInput, match=r"taken is a file; name a folder with --workspace"):
        Workspace(tmp_path / "taken" / below).check_writable()


def test_a_folder_one_may_not_write_to(open_folder: Path) -> None:
    others = open_folder / "others"
    others.mkdir(mode=0o755)
    others.chmod(0o555)
    said = told_without_superuser_rights(others / "workspace")
    assert f"cannot be written: no permission in {others}; name another folder" in said


def test_a_folder_one_may_not_enter(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir()
    closed.chmod(0o000)
    said = told_without_superuser_rights(closed / "deep" / "workspace")
    assert "cannot be written: no permission in" in said


def test_a_folder_one_may_write_to(open_folder: Path) -> None:
    mine = open_folder / "mine"
    mine.mkdir()
    mine.chmod(0o777)
    assert told_without_superuser_rights(mine / "workspace") == ""
