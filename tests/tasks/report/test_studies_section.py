"""The page's section on studies: what each says, its table and figures, and why one could not be done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.tasks.report import write_report
from matsluice.tasks.report.report_data import ReportData
from matsluice.tasks.report.run_facts import StudyFacts
from matsluice.tasks.report.studies_section import _cell
from matsluice.tasks.studies.findings import Findings
from matsluice.tasks.studies.studies import STUDIES

if TYPE_CHECKING:
    from tests.tasks.report.conftest import WriteRun

ON = {
    "target": "band_gap",
    "unit": "eV",
    "split": "composition",
    "rows": 400,
    "rows_of": 3100,
    "columns": 12,
    "folds": 3,
}
LINE = {"data": "band gap", "kind": "mlp", "rmse_std": 0.02, "on_front": True, "on_time_front": True}
KAN = Findings(
    verdict=("On band gap the KAN loses: by <b>far</b>.", "It takes longer."),
    table=(
        {**LINE, "name": "MLP 8", "rmse": 0.581, "parameters": 1321.0, "seconds": 0.51},
        {**LINE, "name": "KAN 5", "kind": "kan", "rmse": 0.64, "parameters": 2400.0, "seconds": None},
    ),
    data=ON,
    seconds=75.0,
)


def with_studies(folder: Path, **findings: Findings) -> Path:
    """Put findings where a run has them, and the names of the studies among the facts."""
    for name, one in findings.items():
        one.write(folder / "studies" / name)
    data = ReportData.from_run_directory(folder)
    kinds = {"kan": "kan_against_mlp", "refused": "separability", "unfinished": "optimizers"}
    facts = tuple(StudyFacts(name, kind) for name, kind in kinds.items())
    replace(data.facts, studies=facts).write(folder)
    return folder


def test_a_run_without_studies_has_no_section(write_run: WriteRun) -> None:
    page = write_report(write_run()).read_text(encoding="utf-8")
    assert "Studies" not in page


def test_studies_on_the_page(write_run: WriteRun) -> None:
    numbers = replace(KAN, table=tuple({**line, "seconds": 0.5} for line in KAN.table))
    refused = Findings(refusal="band gap above 9 eV: 0 of 400 rows", data=ON, seconds=0.1)
    folder = with_studies(write_run(), kan=numbers, refused=refused)
    page = write_report(folder).read_text(encoding="utf-8")
    section = page[page.index('<section id="studies"') :].partition("</section>")[0]
    assert '<a href="#studies">' in page
    # What has not been done yet is not on the page.
    assert section.count("<h3>") == 2
    assert "the KAN loses: by &lt;b&gt;far&lt;/b&gt;." in section
    assert "400 training rows drawn out of 3,100" in section
    assert "1 min 15 s" in section
    assert "It could not be done: band gap above 9 eV: 0 of 400 rows" in section
    # Two figures, each in both themes.
    assert section.count("<figure") == 2
    assert section.count("data:image/png") == 4
    assert "0.58 ± 0.02" in section
    assert "1,321" in section


def test_an_undefined_number_is_a_dash(write_run: WriteRun) -> None:
    line = {
        "set": "one block",
        "features": 3,
        "probe_accuracy": 0.8,
        "probe_deviation": 0.05,
        "fisher_ratio": None,
    }
    series = {"projections": {}, "label": [], "classes": [], "of": "gap"}
    folder = with_studies(write_run(), refused=Findings(table=(line,), series=series, data=ON))
    data = ReportData.from_run_directory(folder)
    cells = [_cell(line, column).text for column in STUDIES["separability"].columns]
    assert cells == ["one block", "3", "80 % ± 5 %", "–"]
    assert [record.name for record in data.studies] == ["refused"]
