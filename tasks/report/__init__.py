"""The report of a run: one HTML page that opens without a network."""

from matsluice.tasks.report.page import write_report
from matsluice.tasks.report.report_data import ReportData
from matsluice.tasks.report.run_facts import RunFacts

__all__ = ["ReportData", "RunFacts", "write_report"]
