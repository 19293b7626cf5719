"""What the registry says of a kind of study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.tasks.studies.findings import Drawing, Findings
    from matsluice.tasks.studies.study_data import StudyData
    from matsluice.tasks.studies.study_options import StudyOptions


@dataclass(frozen=True, slots=True)
class StudyColumn:
    """A column of a study's table.

    Attributes
    ----------
    key
        Of a line of `Findings.table`.
    title
        The heading; ``{unit}`` stands for the target's unit in parentheses, and for nothing where it has none.
    form
        "word" for texts that name the line, "size" for a whole number that names it too, "count" for whole numbers,
        "number" for three digits, "share" for percent.
    spread
        Key of the standard deviation that is shown behind the number, or "".
    """

    key: str
    title: str
    form: str = "number"
    spread: str = ""


@dataclass(frozen=True, slots=True)
class StudySpec:
    """One kind of study.

    Attributes
    ----------
    name
        The word in the campaign file.
    title
        As a heading.
    question
        What it answers.
    source
        Where the question comes from (DOI).
    runner
        "module:function" of ``run(data, options, seed) -> Findings``; `data` is None where `tasks` is empty.
    drawer
        "module:function" of ``drawings(findings) -> list[Drawing]``.
    options
        "module:class" of its own keys, a `StudyOptions`.
    tasks
        What a target it studies may be learned as; empty for a study that takes no rows of the campaign.
    columns
        The table's.
    """

    name: str
    title: str
    question: str
    source: str
    runner: str
    drawer: str
    options: str
    tasks: tuple[str, ...]
    columns: tuple[StudyColumn, ...]

    def options_class(self) -> type[StudyOptions]:
        """Return the model of the study's own keys."""
        found: type[StudyOptions] = _named(self.options)
        return found

    def run(self, data: StudyData | None, options: StudyOptions, seed: int) -> Findings:
        """Do the study."""
        runner: Callable[..., Findings] = _named(self.runner)
        return runner(data, options, seed)

    def drawings(self, findings: Findings) -> list[Drawing]:
        """Return its figures."""
        drawer: Callable[[Findings], list[Drawing]] = _named(self.drawer)
        return drawer(findings)


def _named(place: str) -> Any:
    module, attribute = place.split(":")
    return getattr(import_module(module), attribute)
