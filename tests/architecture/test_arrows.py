"""Arrows point one way: flows, then tasks, then models and infra."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

# What each may use of ours, beside itself.
ARROWS = {
    "flows": {"tasks", "models", "infra"},
    "tasks": {"models", "infra"},
    "models": set(),
    "infra": set(),
}
OURS = re.compile(r"matsluice\.(flows|tasks|models|infra)\b")


def folders_used(path: Path) -> set[str]:
    """Return the folders a module imports from, late imports and "module:attribute" strings included."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names.append(node.module or "")
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Docstrings may speak of what they like; a factory is a dotted name and nothing else.
            names += [node.value] if re.fullmatch(r"[\w.]+(:\w+)?", node.value) else []
    return {found[1] for name in names if (found := OURS.match(name))}


@pytest.mark.parametrize("folder", ARROWS)
def test_no_arrow_points_back(root: Path, folder: str) -> None:
    allowed = ARROWS[folder] | {folder}
    wrong = {
        str(path.relative_to(root)): sorted(folders_used(path) - allowed)
        for path in (root / folder).rglob("*.py")
        if folders_used(path) - allowed
    }
    assert wrong == {}


def test_an_arrow_that_points_back_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    from matsluice.flows import run\n")
    (tmp_path / "b.py").write_text('PLACE = "matsluice.tasks.train.plan:Contest"\n')
    assert folders_used(tmp_path / "a.py") == {"flows"}
    assert folders_used(tmp_path / "b.py") == {"tasks"}


def test_import_linter_agrees(root: Path, tmp_path: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run(
        [linter, "--cache-dir", str(tmp_path)], cwd=root, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 broken" in answer.stdout


def test_there_is_no_cycle_of_modules(modules: list[Path], root: Path) -> None:
    """What two modules need of each other belongs in a third."""
    name_of = {
        path: "matsluice." + ".".join(path.relative_to(root).with_suffix("").parts) for path in modules
    }
    known = {name.removesuffix(".__init__"): path for path, name in name_of.items()}

    def used(path: Path) -> set[Path]:
        found = set()
        # At import time only: a late import or one for type checkers closes no circle.
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module in known:
                found.add(known[node.module])
                found |= {known[n] for a in node.names if (n := f"{node.module}.{a.name}") in known}
        return found - {path}

    arrows = {path: used(path) for path in modules}
    while ends := [path for path, to in arrows.items() if not to & arrows.keys()]:
        for path in ends:
            del arrows[path]
    assert sorted(str(path.relative_to(root)) for path in arrows) == []
