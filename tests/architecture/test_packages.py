"""What pyproject.toml says of the packages is what is on disk."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

FOLDERS = ("flows", "tasks", "models", "infra")
# Names that say where something was put and not what it is.
NAMELESS = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "manager",
    "base",
    "misc",
    "core",
    "shared",
    "lib",
}
LONGEST_LINES = 300


def test_packages_are_the_folders_with_an_init_file(root: Path, pyproject: dict[str, Any]) -> None:
    """One left out works when editable and is missing from the wheel."""
    found = {
        "matsluice." + ".".join(path.parent.relative_to(root).parts)
        for folder in FOLDERS
        for path in (root / folder).rglob("__init__.py")
    }
    listed = pyproject["tool"]["setuptools"]["packages"]
    assert set(listed) == found
    assert len(listed) == len(found)
    assert pyproject["tool"]["setuptools"]["package-dir"] == {f"matsluice.{name}": name for name in FOLDERS}


def test_every_folder_with_modules_is_a_package(modules: list[Path]) -> None:
    assert [path for path in modules if not path.with_name("__init__.py").exists()] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_four_are_typed_and_type_checkers_find_them(root: Path, folder: str) -> None:
    assert (root / folder / "py.typed").is_file()
    link = root / ".typing" / "matsluice" / folder
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    assert link.resolve() == (root / folder).resolve()


def test_matsluice_is_a_namespace_without_a_file_of_its_own() -> None:
    spec = find_spec("matsluice")
    assert spec is not None
    assert spec.origin is None


def test_every_import_contract_is_about_the_packages_there_are(pyproject: dict[str, Any]) -> None:
    roots = pyproject["tool"]["importlinter"]["root_packages"]
    assert set(roots) == {f"matsluice.{folder}" for folder in FOLDERS}


def test_tests_are_no_packages_and_no_two_files_have_one_name(root: Path) -> None:
    names = Counter(path.name for path in (root / "tests").rglob("*.py") if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []
    assert "__init__.py" not in names
    # Plug-ins are what a person writes and a campaign names, and programs what tests start: both are files to them.
    files = {path.name for kind in ("plugins", "programs") for path in (root / "tests" / kind).glob("*.py")}
    assert [name for name in names if not name.startswith("test_") and name not in files] == []


def test_tests_stand_where_what_they_test_stands(root: Path) -> None:
    apart = {"architecture", "contracts", "end_to_end", "golden"}
    for path in (root / "tests").rglob("test_*.py"):
        folder = path.parent.relative_to(root / "tests")
        if folder.parts[0] not in apart:
            assert (root / folder).is_dir(), f"{folder} is no folder of the project"


def test_a_module_is_one_idea(modules: list[Path], root: Path) -> None:
    others = [path for name in ("tests", "benchmarks") for path in (root / name).rglob("*.py")]
    lines = {
        str(path.relative_to(root)): path.read_text(encoding="utf-8").count("\n")
        for path in [*modules, *others]
    }
    assert {name: count for name, count in lines.items() if count > LONGEST_LINES} == {}


def test_a_module_names_its_idea(modules: list[Path], root: Path) -> None:
    words = {path: {path.stem, *path.parent.relative_to(root).parts} for path in modules}
    assert [str(path.relative_to(root)) for path in modules if words[path] & NAMELESS] == []
