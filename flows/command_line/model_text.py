"""The catalogue of models, and the page of one, as records and as lines of at most 80 characters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from matsluice.models.model_page import page_text

if TYPE_CHECKING:
    from matsluice.models.model_spec import ModelSpec

WIDTH = 80
SHORT = {"regression": "numbers", "classification": "classes"}


def model_record(spec: ModelSpec) -> dict[str, Any]:
    """Return a model as `matsluice models --json` prints it."""
    return {
        "summary": spec.summary,
        "tasks": list(spec.tasks),
        "cost": spec.cost,
        "parameters": {task: spec.parameters_for(task) for task in spec.tasks},
        "search_space": {
            name: {"kind": type(values).__name__, **asdict(values)} for name, values in spec.space.items()
        },
        "source": spec.source,
        "extra": spec.extra,
    }


def model_lines(specs: Iterable[ModelSpec]) -> Iterator[str]:
    """Give two lines a model: what it is called, learns and costs, and what it is."""
    yield f"{'model':<18}{'learns':<18}cost of a fit, n rows and p columns"
    for spec in specs:
        learns = ", ".join(SHORT[task] for task in spec.tasks)
        yield f"{spec.name:<18}{learns:<18}{spec.cost}"
        yield from textwrap.wrap(spec.summary, WIDTH, initial_indent="    ", subsequent_indent="    ")
    yield "`matsluice models MODEL` prints a model's page: formula, cost, parameters."


def page_lines(name: str) -> Iterator[str]:
    """Give the page of a model for a terminal: paragraphs wrapped, formulas as they are, a table as paragraphs."""
    formula = table = False
    paragraph: list[str] = []
    for line in [*page_text(name).splitlines(), ""]:
        if line.startswith("```"):
            formula = not formula
            if not formula:
                yield ""
        elif formula:
            yield f"  {line}"
        elif line.startswith("|"):
            yield from _parameter(line)
            table = True
        elif line.startswith("#"):
            yield line.lstrip("# ")
        elif line:
            paragraph.append(line)
        elif paragraph:
            yield from _wrapped(" ".join(paragraph), 2, 2)
            yield ""
            paragraph = []
        elif table:
            yield ""
            table = False


def _parameter(line: str) -> Iterator[str]:
    """Give the lines of a row of the table of parameters; nothing for its head."""
    name, default, search, meaning = (cell.strip() for cell in line.strip("|").split("|"))
    if name == "parameter" or name.startswith("---"):
        return
    yield from _wrapped(f"{name} = {default}: {meaning}", 2, 6)
    if search:
        yield from _wrapped(f"a search tries {search}", 6, 6)


def _wrapped(text: str, first: int, then: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * first, subsequent_indent=" " * then)
