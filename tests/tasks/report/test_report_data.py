"""What the flow writes comes back as it was; what is missing or damaged is said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.report import ReportData, RunFacts
from matsluice.tasks.report.run_facts import HoldoutFacts, read_facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_facts_come_back_as_they_were(tmp_path: Path, run_parts: dict[str, Any]) -> None:
    written: RunFacts = run_parts["facts"]
    assert written.write(tmp_path).name == "report_data.json"
    assert read_facts(tmp_path) == written
    assert [path.name for path in tmp_path.iterdir()] == ["report_data.json"]


def test_facts_without_a_file_know_nothing(tmp_path: Path) -> None:
    assert read_facts(tmp_path) == RunFacts()


def test_undefined_numbers_are_null_in_the_file(tmp_path: Path) -> None:
    facts = RunFacts(holdout=(HoldoutFacts("svm", "gap", {"mae": float("nan")}, 3),))
    facts.write(tmp_path)
    assert json.loads((tmp_path / "report_data.json").read_text())["holdout"][0]["metrics"]["mae"] is None
    assert read_facts(tmp_path).holdout[0].metrics == {}


def test_unknown_keys_are_passed_over(write_run: Callable[..., Path], run_parts: dict[str, Any]) -> None:
    run_parts["summary"]["added_later"] = {"x": 1}
    data = ReportData.from_run_directory(write_run(**run_parts))
    assert data.summary.campaign == "absorbers"
    assert data.champion is not None
    assert set(data.predictions) == {"random", "composition"}
    assert len(data.predictions["composition"].ids) == 80


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not the folder of a run"):
        ReportData.from_run_directory(tmp_path)


def test_a_value_of_a_wrong_type_is_named(write_run: Callable[..., Path], run_parts: dict[str, Any]) -> None:
    run_parts["summary"]["models"][1]["model"] = ["x"]
    with pytest.raises(InvalidInput, match=r"summary\.json of this run cannot be used: at models\.1\.model"):
        ReportData.from_run_directory(write_run(**run_parts))


def test_without_a_chosen_champion_the_best_on_a_grouped_split_stands_in(
    write_run: Callable[..., Path], run_parts: dict[str, Any]
) -> None:
    run_parts["summary"]["champion"] = None
    champion = ReportData.from_run_directory(write_run(**run_parts)).champion
    assert champion is not None
    assert (champion.model, champion.split) == ("random_forest", "composition")


def test_rejections_are_gathered_with_a_few_examples(
    write_run: Callable[..., Path], run_parts: dict[str, Any]
) -> None:
    count = 5
    run_parts["rejected"] = {
        "id": [f"row-{i}" for i in range(count + 1)],
        "stage": ["featurize"] * (count + 1),
        "block": ["composition.magpie"] * (count + 1),
        "reason": ["undefined"] * count + ["crashed"],
        "detail": ["no value"] * (count + 1),
    }
    most, least = ReportData.from_run_directory(write_run(**run_parts)).rejections
    assert (most.reason, most.count, len(most.examples)) == ("undefined", count, 3)
    assert (least.reason, least.count) == ("crashed", 1)


def test_hits_are_read_in_the_order_of_their_rank(
    write_run: Callable[..., Path], run_parts: dict[str, Any]
) -> None:
    run_parts["hits"]["rank"] = [2, 1]
    hits = ReportData.from_run_directory(write_run(**run_parts)).hits
    assert [hit.formula for hit in hits.shown] == ["CuInSe2", "Cu2ZnSnSe4"]
    assert (hits.count, hits.new) == (2, 1)


def test_units_and_targets_are_found_without_facts(write_run: Callable[..., Path]) -> None:
    data = ReportData.from_run_directory(write_run(facts=None))
    assert [target.column for target in data.targets] == ["band_gap"]
    assert data.unit("band_gap") == ""
    assert replace(data, facts=RunFacts()).unit("nothing") == ""
