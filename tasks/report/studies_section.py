"""What the page says of each study: its verdict, its table as text, its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matsluice.tasks.evaluate.figures.separability import share_text
from matsluice.tasks.report.drawings import Picture, picture
from matsluice.tasks.report.names import quantity
from matsluice.tasks.report.number_text import MISSING, count, counted, duration, measured, number
from matsluice.tasks.studies.figures import OPTIMIZER_NAMES
from matsluice.tasks.studies.studies import STUDIES

if TYPE_CHECKING:
    from matsluice.tasks.report.report_data import ReportData, StudyRecord
    from matsluice.tasks.studies.study_spec import StudyColumn

# A longer table is folded away below the figures that show it.
MOST_LINES = 12
# A figure that is wider than half the page has a row of its own, in CSS pixels.
HALF_A_PAGE = 620


@dataclass(frozen=True, slots=True)
class StudyCell:
    """A cell of the table; `is_word` where it names the line."""

    text: str
    is_word: bool


@dataclass(frozen=True, slots=True)
class StudyFigure:
    """A figure and how to read it."""

    picture: Picture
    caption: str

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole page."""
        return self.picture.width > HALF_A_PAGE


@dataclass(frozen=True, slots=True)
class StudyPart:
    """One study on the page; where it was refused, `refusal` says why and the rest is empty."""

    title: str
    question: str
    done_on: str
    verdict: tuple[str, ...]
    refusal: str
    headings: tuple[StudyCell, ...]
    rows: tuple[tuple[StudyCell, ...], ...]
    figures: tuple[StudyFigure, ...]

    @property
    def is_long(self) -> bool:
        """Whether the table is folded away."""
        return len(self.rows) > MOST_LINES


def study_parts(data: ReportData) -> tuple[StudyPart, ...]:
    """Return the studies that are done or were refused, in the campaign file's order."""
    return tuple(_part(record) for record in data.studies)


def _part(record: StudyRecord) -> StudyPart:
    spec, findings = STUDIES[record.kind], record.findings
    title = spec.title if record.name == record.kind else f"{spec.title}: {record.name}"
    unit = str(findings.data.get("unit", ""))
    figures = () if findings.refusal else spec.drawings(findings)
    return StudyPart(
        title=title,
        question=f"{spec.question[0].upper()}{spec.question[1:]}.",
        done_on=_done_on(findings.data, findings.seconds),
        verdict=findings.verdict,
        refusal=findings.refusal,
        headings=tuple(_heading(column, unit) for column in spec.columns),
        rows=tuple(tuple(_cell(line, column) for column in spec.columns) for line in findings.table),
        figures=tuple(StudyFigure(picture(one.draw, one.alternative), one.caption) for one in figures),
    )


def _done_on(facts: Mapping[str, Any], seconds: float) -> str:
    took = f"it took {duration(seconds)}"
    if not facts:
        return f"Done on a function, not on the campaign's rows; {took}."
    rows = counted(facts["rows"], "training row")
    drawn = "" if facts["rows"] == facts["rows_of"] else f" drawn out of {count(facts['rows_of'])}"
    return (
        f"Done on {quantity(facts['target'])}: {rows}{drawn}, in the {facts['folds']} folds of the {facts['split']} "
        f"split, {counted(facts['columns'], 'feature')}; {took}."
    )


def _heading(column: StudyColumn, unit: str) -> StudyCell:
    of_unit = f" ({unit})" if unit else ""
    return StudyCell(column.title.format(unit=of_unit), column.form == "word")


def _cell(line: Mapping[str, Any], column: StudyColumn) -> StudyCell:
    value, spread = line.get(column.key), line.get(column.spread) if column.spread else None
    return StudyCell(_text(value, spread, column.form), column.form == "word")


def _text(value: Any, spread: float | None, form: str) -> str:
    """Return a value as text.

    >>> _text(0.3981, 0.012, "number"), _text(0.79, 0.02, "share"), _text(1200.5, None, "count")
    ('0.398 ± 0.012', '79 % ± 2 %', '1,200')
    """
    if value is None:
        return MISSING
    if form == "word":
        return OPTIMIZER_NAMES.get(str(value), str(value))
    if form in {"size", "count"}:
        return count(round(value))
    if form == "share":
        return share_text(value, spread or 0.0)
    return number(value) if spread is None else measured(value, spread)
