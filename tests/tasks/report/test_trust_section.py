"""Whether the page says in words what the intervals are worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.tasks.report.page import write_report
from matsluice.tasks.report.report_data import ReportData
from matsluice.tasks.report.run_facts import (
    ContributionFacts,
    CoverageFacts,
    ExplainedFacts,
    HoldoutFacts,
    ShuffledFacts,
)
from matsluice.tasks.report.shuffled_section import shuffled_section
from matsluice.tasks.report.trust_section import trust_section

WriteRun = Callable[..., Path]


def curve(share_at_90: float) -> tuple[float, ...]:
    """Return a curve through the origin and this share at 90 %."""
    return tuple(np.minimum(np.arange(101) / 90 * share_at_90, 1.0).tolist())


def test_a_split_that_falls_short_is_said_first(write_run: WriteRun, run_parts: dict[str, Any]) -> None:
    facts = replace(
        run_parts["facts"],
        coverage=(
            CoverageFacts("random", 3000, curve(0.9), 1.2),
            CoverageFacts("composition", 3000, curve(0.7), 1.2),
        ),
        holdout=(
            HoldoutFacts(
                "random_forest",
                "band_gap",
                {"mae": 0.41},
                62,
                56 / 62,
                coverage_at={"0.68": 0.7, "0.95": 0.95},
            ),
        ),
    )
    path = write_run(facts=facts)
    section = trust_section(ReportData.from_run_directory(path))
    assert section is not None
    assert section.sentences[0].startswith(
        "On new compositions the 90 % intervals hold only 70 % of the values (68 % to 72 %"
    )
    assert "take them as 70 % intervals" in section.sentences[0]
    by_name = {row.name: row for row in section.rows}
    assert by_name["composition split"].reached[1].short  # type: ignore[union-attr]
    assert not by_name["random split"].reached[1].short  # type: ignore[union-attr]
    held = by_name["hold-out"].reached[1]
    assert held is not None
    # 56 of 62 can come from any coverage between 80 and 96 %: Wilson's interval.
    assert [held.low, held.high] == pytest.approx([0.805, 0.955], abs=1e-3)
    assert section.made_under == "composition"
    text = write_report(path).read_text(encoding="utf-8")
    assert text.index("hold only 70") < text.index("Share of the measured values that lie in their interval")
    assert "made from errors under the composition split" in text


def test_where_all_is_well_that_is_said(write_run: WriteRun, run_parts: dict[str, Any]) -> None:
    facts = replace(
        run_parts["facts"],
        coverage=tuple(CoverageFacts(s, 500, curve(0.9)) for s in ("random", "composition")),
    )
    section = trust_section(ReportData.from_run_directory(write_run(facts=facts)))
    assert section is not None
    assert section.sentences[0].startswith("The 90 % intervals hold what they say")


def test_a_run_of_before_has_its_own_level_only(write_run: WriteRun) -> None:
    """Its table has no levels, and nothing was tried elsewhere."""
    section = trust_section(ReportData.from_run_directory(write_run()))
    assert section is not None
    row = section.rows[0]
    assert [one is None for one in row.reached] == [True, False, True]
    assert section.curves is None


@pytest.mark.parametrize("part", ["predictions", "summary_champion"])
def test_nothing_is_said_of_nothing(write_run: WriteRun, run_parts: dict[str, Any], part: str) -> None:
    if part == "predictions":
        path = write_run(predictions=None)
    else:
        run_parts["summary"]["models"], run_parts["summary"]["champion"] = [], {}
        path = write_run(summary=run_parts["summary"])
    assert trust_section(ReportData.from_run_directory(path)) is None
    assert 'id="trust"' not in write_report(path).read_text(encoding="utf-8")


def test_what_the_champion_cannot_do_without(write_run: WriteRun, run_parts: dict[str, Any]) -> None:
    found = ExplainedFacts(
        base=0.4,
        blocks=(ShuffledFacts("composition.elemental", ("composition.elemental",), 0.3, 0.02),),
        groups=(
            ShuffledFacts("mean_atomic_number", ("mean_atomic_number", "mean_atomic_mass"), 0.1, 0.01),
            ShuffledFacts("<b>", ("<b>",), -0.001, 0.002),
        ),
        contributions=(ContributionFacts("mean_atomic_mass", 0.234),),
    )
    path = write_run(facts=replace(run_parts["facts"], explained=found))
    section = shuffled_section(ReportData.from_run_directory(path))
    assert section is not None
    assert "grows by 25 % when mean_atomic_number and 1 like it are shuffled" in section.sentence
    assert [row.share for row in section.tables[0].rows] == [1.0, 0.0]
    text = write_report(path).read_text(encoding="utf-8")
    assert "mean_atomic_number + 1" in text
    assert "0.23" in text
    assert "&lt;b&gt;" in text
    assert "<b>" not in text[text.index("cannot do without") : text.index("cannot do without") + 4000]


def test_hits_say_what_speaks_for_them_and_why_they_are_outside(write_run: WriteRun) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = write_run()
    table = pq.read_table(path / "hits.parquet")
    table = table.set_column(table.column_names.index("in_domain"), "in_domain", pa.array([True, False]))
    table = table.append_column("domain", pa.array(["inside", "element Tc never seen"]))
    pq.write_table(table.append_column("why", pa.array(["mean_row +0.20", None])), path / "hits.parquet")
    text = write_report(path).read_text(encoding="utf-8")
    assert "mean_row +0.20" in text
    assert text.count("element Tc never seen") == 2
