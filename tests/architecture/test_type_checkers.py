"""mypy and pyright look at every file they are meant to: both say "no errors" of an empty list of files too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDERS = ("flows", "tasks", "models", "infra")
WRONG = 'number: int = "text"\n'
# What mypy checks beside the four.
OTHERS = ("tests", "benchmarks")


@pytest.fixture
def wrong_everywhere(root: Path, tmp_path: Path) -> Path:
    """A project of this one's settings and folders, with a mistake in a subpackage of each."""
    shutil.copy(root / "pyproject.toml", tmp_path)
    shutil.copytree(root / ".typing", tmp_path / ".typing", symlinks=True)
    for folder in (*FOLDERS, *OTHERS):
        place = tmp_path / folder / "inner"
        place.mkdir(parents=True)
        if folder in FOLDERS:
            (place.parent / "__init__.py").touch()
            (place / "__init__.py").touch()
        (place / f"{folder}_mistake.py").write_text(WRONG)
    return tmp_path


def said_of(project: Path, *command: str | Path) -> str:
    """Return what a type checker says of a project, which has mistakes."""
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    answer = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1, answer.stdout + answer.stderr
    return answer.stdout


def test_the_folders_they_are_given_are_there(root: Path, pyproject: dict[str, Any]) -> None:
    tool = pyproject["tool"]
    for name in (*tool["pyright"]["include"], *tool["mypy"]["files"]):
        assert any((root / name).rglob("*.py")) or any((root / name).glob("*/*.py")), f"{name} has no modules"
    assert set(tool["pyright"]["include"]) >= set(FOLDERS)
    assert "exclude" not in tool["mypy"]
    assert not {"exclude", "ignore"} & set(tool["pyright"])


def test_pyright_is_given_no_hidden_folder(pyproject: dict[str, Any]) -> None:
    """It leaves out whatever starts with a dot, says so only when asked, and finds no error."""
    hidden = [
        name
        for name in pyproject["tool"]["pyright"]["include"]
        if any(part.startswith(".") for part in Path(name).parts)
    ]
    assert hidden == []


def test_mypy_finds_a_mistake_in_each(wrong_everywhere: Path) -> None:
    said = said_of(wrong_everywhere, sys.executable, "-m", "mypy", "--no-incremental")
    found = {name for name in (*FOLDERS, *OTHERS) if f"inner/{name}_mistake.py:1: error:" in said}
    assert found == {*FOLDERS, *OTHERS}, said


@pytest.mark.skipif(shutil.which("node") is None, reason="pyright runs on Node.js, which is not here")
def test_pyright_finds_a_mistake_in_each(wrong_everywhere: Path) -> None:
    said = said_of(wrong_everywhere, Path(sys.executable).with_name("pyright"))
    found = {name for name in FOLDERS if f"inner/{name}_mistake.py:1:" in said}
    assert found == set(FOLDERS), said
