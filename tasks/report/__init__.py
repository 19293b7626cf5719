"""The report of a run: one HTML page that opens without a network. The public names are imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.tasks.report.page import write_report as write_report
    from matsluice.tasks.report.report_data import ReportData as ReportData
    from matsluice.tasks.report.run_facts import RunFacts as RunFacts

# What a log and a page say in the same words is worded by modules that the page imports and that import ours.
_PLACES = {
    "ReportData": "matsluice.tasks.report.report_data",
    "RunFacts": "matsluice.tasks.report.run_facts",
    "write_report": "matsluice.tasks.report.page",
}
__all__ = ["ReportData", "RunFacts", "write_report"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"matsluice.tasks.report has no {name!r}; it has {', '.join(_PLACES)}")
    return getattr(import_module(_PLACES[name]), name)
