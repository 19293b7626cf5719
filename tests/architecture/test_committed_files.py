"""Nothing of the machine it was written on stands in a committed file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

# Put together here, so that this file is not one of those it looks for.
MACHINE_FOLDERS = "|".join(["work", "home", "root", "Users", "scratch"])
ABSOLUTE_PATH = re.compile(rf"(?<![\w.~/*>}})$-])/(?:{MACHINE_FOLDERS})/\w")
REGISTRIES = [
    ".".join(words)
    for words in (("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs"), ("conda", "anaconda"))
]
REGISTRY_OPTIONS = [
    "-".join(words) for words in (("--index", "url"), ("--extra-index", "url"), ("--find", "links"))
]
# An address that ends as an index of packages does.
INDEX = re.compile(r"https?://\S+/simple\b")


def lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:  # a picture
        return []


def found(committed_files: list[Path], root: Path, wrong: object) -> list[str]:
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()[:80]}"
        for path in committed_files
        for number, line in enumerate(lines_of(path), start=1)
        if wrong(line)  # type: ignore[operator]
    ]


def test_no_absolute_path(committed_files: list[Path], root: Path) -> None:
    assert found(committed_files, root, ABSOLUTE_PATH.search) == []


def test_no_address_of_a_package_registry(committed_files: list[Path], root: Path) -> None:
    def names_a_registry(line: str) -> bool:
        return bool(INDEX.search(line)) or any(word in line for word in [*REGISTRIES, *REGISTRY_OPTIONS])

    assert found(committed_files, root, names_a_registry) == []


def test_they_would_be_found() -> None:
    slash = "/"
    assert ABSOLUTE_PATH.search(f'path = "{slash}home{slash}me{slash}gaps.csv"')
    assert not ABSOLUTE_PATH.search("workspace/runs, ~/work/x, example.org/home/x, ../work/x")
    assert INDEX.search(f"https:{slash}{slash}proxy.example{slash}simple")


def test_no_file_is_large(committed_files: list[Path], root: Path) -> None:
    large = {str(path.relative_to(root)): path.stat().st_size for path in committed_files}
    assert {name: size for name, size in large.items() if size > 2_000_000} == {}


def test_what_a_run_writes_is_not_committed(committed_files: list[Path], root: Path) -> None:
    written = {"mlartifacts", "mlflow.db", "snapshots", "__pycache__", "build", "dist", ".hypothesis"}
    assert [str(p) for path in committed_files if written & set((p := path.relative_to(root)).parts)] == []


@pytest.mark.parametrize("folder", ["infra/workspace", "tests/infra/workspace"])
def test_what_belongs_to_the_project_is_not_ignored(root: Path, folder: str) -> None:
    """A new module there would be missing from a clone, and nobody would be told."""
    answer = subprocess.run(
        ["git", "check-ignore", f"{folder}/new_module.py"], cwd=root, capture_output=True, check=False
    )
    assert answer.returncode != 0


def test_every_test_is_committed(committed_files: list[Path], root: Path) -> None:
    assert sorted({*(root / "tests").rglob("*.py")} - {*committed_files}) == []
