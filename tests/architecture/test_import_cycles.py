"""No module needs, to be imported, one that needs it: which of them a process imports first must not matter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("flows", "tasks", "models", "infra")


def modules() -> dict[str, Path]:
    found = {}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(("matsluice", *(parts[:-1] if parts[-1] == "__init__" else parts)))] = path
    return found


def run_when_imported(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements that importing a module runs: neither those of functions nor those for type checkers."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            yield from run_when_imported(statement.orelse)
            continue
        yield statement
        for name in ("body", "orelse", "finalbody"):
            yield from run_when_imported(getattr(statement, name, []))


def needed(module: str, path: Path, known: dict[str, Path]) -> set[str]:
    names = set()
    for statement in run_when_imported(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(statement, ast.Import):
            names |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            names.add(statement.module)
            names |= {f"{statement.module}.{alias.name}" for alias in statement.names}
    # A module's packages are imported before it; its own are there already.
    packages = {name.rsplit(".", depth)[0] for name in names for depth in range(name.count("."))}
    own = {module.rsplit(".", depth)[0] for depth in range(module.count(".") + 1)}
    return {name for name in names | packages if name in known} - own


def test_no_module_needs_itself() -> None:
    known = modules()
    graph = {module: needed(module, path, known) for module, path in known.items()}
    assert len(graph) > 100
    assert any(graph.values())
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None
