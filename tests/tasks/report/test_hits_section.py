"""The hits on the page: several targets, fronts, scores, and who came nearest where nothing is a hit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matsluice.tasks.report.page import write_report

WriteRun = Callable[..., Path]

RANKING = "Ranked by score, the geometric mean of what each objective says, weighted 2, 1."


def page(folder: Path, columns: dict[str, list[Any]]) -> str:
    path = folder / "hits.parquet"
    table = pq.read_table(path)
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    pq.write_table(table, path)
    return write_report(folder).read_text(encoding="utf-8")


@pytest.fixture
def two_targets() -> dict[str, list[Any]]:
    return {
        "mass_prediction": [101.25, 98.5],
        "mass_lower": [91.0, 88.0],
        "mass_upper": [111.0, 108.0],
        "mass_probability": [0.9, None],
        "mass_in_domain": [True, True],
    }


def test_further_targets_and_the_score_have_columns(
    write_run: WriteRun, run_parts: dict[str, Any], two_targets: dict[str, list[Any]]
) -> None:
    objective = replace(run_parts["facts"].objective, ranking=RANKING)
    facts = replace(run_parts["facts"], objective=objective)
    text = page(write_run(facts=facts, predictions=None), {**two_targets, "score": [0.8125, 0.7]})
    for said in (RANKING, ">Score</th>", ">mass</th>", "0.812", "taken as independent"):
        assert said in text, said
    assert ">Front</th>" not in text
    assert "91" in text
    assert "111" in text


def test_fronts_have_a_column(
    write_run: WriteRun, run_parts: dict[str, Any], two_targets: dict[str, list[Any]]
) -> None:
    objective = replace(run_parts["facts"].objective, ranking="Ranked by fronts.")
    run_parts["summary"]["screen"]["no_room"] = 17
    text = page(
        write_run(
            summary=run_parts["summary"],
            facts=replace(run_parts["facts"], objective=objective),
            predictions=None,
        ),
        {**two_targets, "front": [1, 2]},
    )
    assert ">Front</th>" in text
    assert "There was no room for 17 more" in text


def test_one_objective_has_the_page_it_had(write_run: WriteRun) -> None:
    text = page(write_run(predictions=None), {})
    for said in (">Score</th>", ">Front</th>", "independent", "no room"):
        assert said not in text, said


def test_who_came_nearest_is_named(write_run: WriteRun, run_parts: dict[str, Any]) -> None:
    sentence = "GaAs comes nearest, with band_gap = 1.75 eV, 0.05 eV above the window"
    run_parts["summary"]["screen"] |= {"hits": 0, "nearest": {"sentence": sentence, "off": 0.05}}
    nobody = {name: [] for name in run_parts["hits"]}
    text = page(write_run(summary=run_parts["summary"], hits=nobody, predictions=None), {})
    assert text.count("GaAs comes nearest, with band gap = 1.75") >= 1
