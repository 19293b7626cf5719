"""The page says what a search chose and whether it helped, in words that a person may quote."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matsluice.tasks.report import write_report
from matsluice.tasks.report.report_data import ReportData
from matsluice.tasks.report.search_section import search_parts

WriteRun = Callable[..., Path]


def best(fold: int, C: float, *, trial: int = 3) -> dict[str, Any]:
    return {
        "fold": fold,
        "trials": 4,
        "trial": trial,
        "parameters": {"C": C, "hidden": [100, 100]},
        "score": 0.3,
        "default_score": 0.4,
        "best_so_far": [None, 0.4, 0.35, 0.3],
    }


def searched(gain: dict[str, Any], *bests: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "budget": {"trials": 4, "minutes": None},
        "inner_folds": 3,
        "pruner": "median",
        "trials": 8,
        "complete": 5,
        "pruned": 2,
        "failed": 1,
        "reasons": {"MemoryError": 1},
        "best": list(bests) or [best(0, 1.0), best(1, 200.0)],
        "gain": {"default_error": 0.412, **gain},
        **more,
    }


@pytest.fixture
def with_search(write_run: WriteRun) -> Callable[[dict[str, Any]], Path]:
    """A function: a run whose forest was searched under the composition split."""

    def written(search: dict[str, Any]) -> Path:
        folder = write_run()
        path = folder / "summary.json"
        told = json.loads(path.read_text())
        told["models"][-1]["search"] = search
        path.write_text(json.dumps(told))
        return folder

    return written


BETTER = {"mean": 0.031, "low": 0.01, "high": 0.05, "verdict": "better"}
NOISE = {"mean": 0.004, "low": -0.02, "high": 0.03, "verdict": "no different"}


def test_a_run_without_a_search_has_no_such_section(write_run: WriteRun) -> None:
    assert search_parts(ReportData.from_run_directory(write_run())) == ()
    assert 'id="search"' not in write_report(write_run()).read_text()


@pytest.mark.parametrize(
    ("gain", "sentence"),
    [
        (BETTER, "the search lowers the error from 0.412 eV with the defaults to 0.381 eV"),
        (
            {**BETTER, "mean": -0.031, "verdict": "worse"},
            "raises the error from 0.412 eV with the defaults to 0.443",
        ),
        (
            NOISE,
            "the search gained nothing beyond noise; the error is 0.408 eV with it and 0.412 eV with the defaults",
        ),
    ],
)
def test_the_sentence_says_what_the_outer_folds_say(
    with_search: Callable[[dict[str, Any]], Path], gain: dict[str, Any], sentence: str
) -> None:
    (part,) = search_parts(ReportData.from_run_directory(with_search(searched(gain))))
    assert part.lead[0].startswith("Random forest, composition split: ")
    assert sentence in part.lead[0]


def test_where_the_defaults_were_kept_that_is_said(with_search: Callable[[dict[str, Any]], Path]) -> None:
    kept = searched({**NOISE, "mean": 0.0}, best(0, 1.0, trial=0), best(1, 1.0, trial=0))
    (part,) = search_parts(ReportData.from_run_directory(with_search(kept)))
    assert part.lead == ("Random forest, composition split: the search kept the defaults in every fold.",)


def test_rows_values_and_reasons_are_on_the_page(with_search: Callable[[dict[str, Any]], Path]) -> None:
    folder = with_search(searched(NOISE, budget={"trials": None, "minutes": 0.5}))
    (part,) = search_parts(ReportData.from_run_directory(folder))
    (row,), (detail,) = part.rows, part.models
    assert (row.trials, row.default, row.tuned) == ("8 (2 given up, 1 failed)", "0.412", "0.408")
    assert row.gain == "+0.004 (−0.020 to +0.030)"
    of_c, of_hidden = detail.chosen
    assert (of_c.values, of_c.agreement) == (("1", "200"), "up to 200 times apart")
    assert (of_hidden.values, of_hidden.agreement) == (("100 × 100",) * 2, "the same")
    assert "1 trial failed: MemoryError." in detail.note
    assert "Its budget was 0.5 minutes" in detail.note
    page = write_report(folder).read_text()
    assert "Did the search for parameters help" in page
    assert "within noise" in page


def test_one_fold_has_no_interval(with_search: Callable[[dict[str, Any]], Path]) -> None:
    alone = {**NOISE, "low": None, "high": None}
    (part,) = search_parts(ReportData.from_run_directory(with_search(searched(alone))))
    assert part.rows[0].gain == "+0.004"
