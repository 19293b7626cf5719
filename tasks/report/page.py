"""The page itself: a run's folder in, report.html out."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import TYPE_CHECKING

from matsluice.tasks.report.formula_markup import formula_markup
from matsluice.tasks.report.names import model_title, quantity
from matsluice.tasks.report.number_text import (
    count,
    counted,
    duration,
    moment,
    number,
    percent,
    signed,
    significant_decimals,
    tied,
)
from matsluice.tasks.report.page_content import page_content
from matsluice.tasks.report.report_data import ReportData

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

TEMPLATE = "page.html.jinja"
STYLE = "page.css"


def write_report(run_directory: Path) -> Path:
    """Write report.html into a run's folder, whole or not at all, and return its path.

    Works on any run that left a summary.json, however far it came. The page is one file that loads nothing.

    Raises
    ------
    matsluice.infra.mistakes.InvalidInput
        The folder holds no summary.json, or a JSON file that cannot be read.
    """
    text = render(ReportData.from_run_directory(run_directory))
    path = run_directory / "report.html"
    temporary = run_directory / f".report.{os.getpid()}.tmp"
    try:
        temporary.write_text(text, encoding="utf-8", errors="replace")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def render(data: ReportData) -> str:
    """Return the page as HTML text."""
    template = _environment(data).from_string(_package_text(TEMPLATE))
    return template.render(page_content(data), style=_package_text(STYLE))


def _package_text(name: str) -> str:
    return files("matsluice.tasks.report").joinpath(name).read_text(encoding="utf-8")


def _environment(data: ReportData) -> Environment:
    from jinja2 import Environment, StrictUndefined

    # Formulas, ids and file names come from outside: everything is escaped.
    units = [facts.unit for facts in data.targets]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        brief=lambda value: number(value, significant_decimals(value, 2)),
        count=count,
        counted=counted,
        duration=duration,
        formula=formula_markup,
        moment=moment,
        number=number,
        percent=percent,
        quantity=quantity,
        signed=signed,
        tied=lambda text: tied(text, *units),
        title_of_model=model_title,
    )
    return environment
