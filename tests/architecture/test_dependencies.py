"""What is declared is imported, and what is imported is declared."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest

# The name on the package index, where it is not the name in an import.
IMPORT_NAMES = {
    "scikit-learn": "sklearn",
    "prometheus-client": "prometheus_client",
    "dask-jobqueue": "dask_jobqueue",
}
# Their versions are held because those that fit do not follow from Prefect's own requirements.
HELD_FOR_PREFECT = {"fastapi", "sqlalchemy"}
# Dask imports it when somebody opens its pages.
DRAWS_THE_DASHBOARD = {"bokeh"}
# What is declared cannot do without them: pipelines are kept with joblib, pages made of Markup, and so on.
COME_WITH = {
    "joblib": ("joblib", "scikit-learn"),
    "markupsafe": ("MarkupSafe", "jinja2"),
    "packaging": ("packaging", "dask"),
    "PIL": ("pillow", "matplotlib"),
    "tornado": ("tornado", "distributed"),
    "uvicorn": ("uvicorn", "prefect"),
    "yaml": ("PyYAML", "dask"),
    "requests": ("requests", "mlflow-skinny"),  # mlflow's own other half
    "httpx": ("httpx", "prefect"),
    "alembic": ("alembic", "mlflow"),
}


def name_in(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def declared(pyproject: dict[str, Any]) -> set[str]:
    return {name_in(text) for text in pyproject["project"]["dependencies"]}


def optional(pyproject: dict[str, Any]) -> set[str]:
    """Return what a person's extras bring; what only developers need is no business of the packages."""
    groups = pyproject["project"]["optional-dependencies"]
    return {name_in(text) for extra, texts in groups.items() if extra != "dev" for text in texts}


def imported(modules: list[Path]) -> set[str]:
    """Return the top-level packages that are imported anywhere, or named as a package to look files up in."""
    names: set[str] = set()
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
            elif (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) == "find_spec"
            ):
                names |= {str(a.value).split(".")[0] for a in node.args if isinstance(a, ast.Constant)}
    return names


def test_every_dependency_is_imported_somewhere(pyproject: dict[str, Any], modules: list[Path]) -> None:
    needed = {
        IMPORT_NAMES.get(name, name) for name in declared(pyproject) - HELD_FOR_PREFECT - DRAWS_THE_DASHBOARD
    }
    assert needed - imported(modules) == set()


def test_everything_that_is_imported_is_a_dependency(pyproject: dict[str, Any], modules: list[Path]) -> None:
    known = {IMPORT_NAMES.get(name, name) for name in declared(pyproject) | optional(pyproject)}
    others = imported(modules) - set(sys.stdlib_module_names) - {"matsluice"} - known
    assert others <= set(COME_WITH)


@pytest.mark.parametrize("name", COME_WITH)
def test_what_comes_with_a_dependency_still_does(pyproject: dict[str, Any], name: str) -> None:
    package, bringer = COME_WITH[name]
    needed = [text for text in requires(bringer) or [] if "extra ==" not in text]
    assert package.lower() in {name_in(text).lower() for text in needed}
    assert bringer.removesuffix("-skinny").removesuffix("-core") in declared(pyproject)


def test_every_dependency_has_its_reason_beside_it(root: Path) -> None:
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    block = text.split("dependencies = [", 1)[1].split("\n]", 1)[0]
    assert [line for line in block.strip().splitlines() if '"' in line and "# " not in line] == []


def test_every_dependency_is_pinned(pyproject: dict[str, Any], root: Path) -> None:
    pins = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in pins if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[\w.!+]+( ;.*)?", line)] == []
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines}
    developers = {name_in(text) for text in pyproject["project"]["optional-dependencies"]["dev"]}
    assert (declared(pyproject) | optional(pyproject) | developers) - pinned == set()
