"""Every example in a docstring runs."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

FOLDERS = ("flows", "tasks", "models", "infra")
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

# MLflow says so of its own classes when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")


def every_module() -> list[str]:
    names = []
    for folder in FOLDERS:
        package = import_module(f"matsluice.{folder}")
        names.append(package.__name__)
        names += [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return names


def test_all_modules_are_found() -> None:
    names = every_module()
    assert len(names) == len(set(names))
    assert {"matsluice.infra.feature_store.lookup", "matsluice.tasks.report.number_text"} <= set(names)
    assert len(names) > 100


@pytest.mark.parametrize("name", every_module())
def test_examples(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    result = doctest.testmod(import_module(name), optionflags=OPTIONS)
    assert result.failed == 0


def test_there_are_examples_to_run() -> None:
    finder = doctest.DocTestFinder()
    with_examples = [
        test.name
        for name in (
            "matsluice.tasks.material.formulas",
            "matsluice.tasks.features.known_blocks",
            "matsluice.infra.seeds",
        )
        for test in finder.find(import_module(name))
        if test.examples
    ]
    assert len(with_examples) >= 3
