"""The page of a kind of model: its words are written by hand, its numbers are the catalogue's."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matsluice.models.model_spec import ModelSpec

SECTIONS = ("Formula", "Assumptions", "Cost", "When to use it", "When not", "Parameters", "Source")
TABLE_HEAD = "| parameter | default | search | meaning |\n|---|---|---|---|"


class ParameterRow(NamedTuple):
    """A line of a page's table but for the meaning: name, default, and what a search tries ("" for nothing)."""

    name: str
    default: str
    search: str


def page_text(name: str) -> str:
    """Return the page of a kind of model as Markdown.

    Examples
    --------
    >>> page_text("ridge").splitlines()[0]
    '# ridge'
    """
    return files("matsluice.models").joinpath("pages", f"{name}.md").read_text(encoding="utf-8")


def parameter_rows(spec: ModelSpec) -> list[ParameterRow]:
    """Return the table of parameters as the catalogue has it.

    Examples
    --------
    >>> from matsluice.models.catalogue import MODELS
    >>> parameter_rows(MODELS["svm"])[0]
    ParameterRow(name='C', default='10.0', search='0.1 to 1000, by its logarithm')
    >>> [row.default for row in parameter_rows(MODELS["random_forest"]) if row.name == "max_features"]
    ['0.333 in regression, sqrt in classification']
    """
    names = dict.fromkeys([*spec.parameters, *(name for each in spec.by_task.values() for name in each)])
    return [ParameterRow(name, _default(spec, name), str(spec.space.get(name, ""))) for name in names]


def _default(spec: ModelSpec, name: str) -> str:
    given = {
        task: spec.parameters_for(task)[name] for task in spec.tasks if name in spec.parameters_for(task)
    }
    texts = {task: value_text(value) for task, value in given.items()}
    if len(texts) == len(spec.tasks) and len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return ", ".join(f"{text} in {task}" for task, text in texts.items())


def value_text(value: object) -> str:
    """Return a parameter's value as people write it.

    Examples
    --------
    >>> value_text(1 / 3), value_text(None), value_text(True), value_text(("svm", "xgboost")), value_text(20_000)
    ('0.333', 'none', 'true', 'svm, xgboost', '20000')
    """
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case float():
            return repr(value) if len(repr(value)) <= 6 else f"{value:.3g}"
        case tuple():
            return ", ".join(map(value_text, value))
        case _:
            return str(value)
