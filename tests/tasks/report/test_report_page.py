"""The page holds for every run: whole, cut short, empty, hostile; and it never loads anything."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.report import write_report
from matsluice.tasks.report.run_facts import TargetFacts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VOID = {"meta", "link", "img", "source", "br"}
LOADING = {"src", "srcset", "href", "data", "action", "poster", "background"}


class Page(HTMLParser):
    """Follows open elements, and keeps text, table cells, addresses and headings."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.images_without_text: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        values = dict(attrs)
        self.addresses += [value or "" for name, value in attrs if name in LOADING]
        if tag == "img" and not values.get("alt"):
            self.images_without_text.append(str(values.get("src"))[:40])
        if "id" in values:
            self.ids.append(str(values["id"]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


def check(path: Path) -> Page:
    page = Page(path)
    assert page.open == []
    assert all(address.startswith(("data:", "#")) for address in page.addresses), page.addresses
    assert "script" not in page.tags
    assert not re.search(r"url\(|@import", page.source)
    assert page.images_without_text == []
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert page.tags.count("caption") == page.tags.count("table")
    assert "nan" not in re.findall(r"[\w]+", page.text.lower())
    assert not re.search(r"\bNone\b(?! of)", page.text)
    assert path.stat().st_size < 1_500_000
    return page


@pytest.fixture
def report(write_run: Callable[..., Path]) -> Callable[..., Page]:
    return lambda **changes: check(write_report(write_run(**changes)))


def test_a_finished_run_is_told_from_top_to_bottom(report: Callable[..., Page]) -> None:
    page = report()
    assert (
        "Random forest predicts the band gap of new compositions with a mean absolute error of "
        "0.400 ± 0.010 eV, 2.8 times better than predicting the mean. On the 20 rows that no choice has seen "
        "it is 0.410 eV, and 88 % of the values lie in their 90 % interval. 2 of 900 candidates are hits, "
        "1 of them new."
    ) in page.text
    assert "find candidates with band gap between 1.1 and 1.7 eV, without Pb or Cd." in page.text
    assert "the random split hides 30 % of the error" in page.text
    assert "Cu<sub>2</sub>ZnSnSe<sub>4</sub>" in page.source
    assert "gaps.csv line 10" in page.text
    assert 'mlflow.pyfunc.load_model("models:/absorbers@champion")' in page.text
    order = [page.source.index(f'id="{name}"') for name in
             ("leakage", "models", "failures", "hits", "data", "use", "provenance")]  # fmt: skip
    assert order == sorted(order)


def test_the_same_run_gives_the_same_bytes_and_leaves_no_other_file(write_run: Callable[..., Path]) -> None:
    run = write_run()
    before = {path.name for path in run.iterdir()}
    first = write_report(run).read_bytes()
    assert write_report(run).read_bytes() == first
    assert {path.name for path in run.iterdir()} == before | {"report.html"}


def test_a_page_that_cannot_be_made_leaves_the_old_one(
    write_run: Callable[..., Path], run_parts: dict[str, Any]
) -> None:
    run = write_run(predictions=None)
    old = write_report(run).read_bytes()
    (run / "summary.json").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"summary\.json of this run is damaged"):
        write_report(run)
    assert (run / "report.html").read_bytes() == old


def test_only_a_summary_is_enough(report: Callable[..., Page], run_parts: dict[str, Any]) -> None:
    bare: dict[str, Any] = {
        "campaign": "absorbers",
        "run_id": "r",
        "status": "interrupted",
        "models": [],
        "champion": None,
    }
    page = report(summary=bare, facts=None, predictions=None, hits=None, rejected=None, campaign=None)
    assert "This run was interrupted." in page.text
    assert "No model has been scored yet." in page.text


def test_a_failed_run_says_why(report: Callable[..., Page], run_parts: dict[str, Any]) -> None:
    run_parts["summary"] |= {"status": "failed", "screen": None}
    run_parts["facts"] = replace(
        run_parts["facts"], failure="12 % of the rows were rejected, 5 % are allowed."
    )
    page = report(**run_parts | {"hits": None, "predictions": None})
    assert "This run failed. What it finished is below. 12 % of the rows were rejected" in page.text


def test_a_campaign_without_a_screen_has_no_hits_section(
    report: Callable[..., Page], run_parts: dict[str, Any]
) -> None:
    del run_parts["summary"]["screen"]
    run_parts["facts"] = replace(run_parts["facts"], screen=None, objective=None, excluded_elements=())
    page = report(**run_parts | {"hits": None, "predictions": None})
    assert "hits" not in page.ids
    assert "Learn band gap from 80 rows." in page.text


def test_a_campaign_that_screens_nothing_counts_no_candidates(
    report: Callable[..., Page], run_parts: dict[str, Any]
) -> None:
    """What such a run leaves: counts of 0, and an empty list of hits."""
    run_parts["summary"]["screen"] |= {"candidates": 0, "rejected": 0, "in_domain": 0, "hits": 0}
    run_parts["facts"] = replace(run_parts["facts"], screen=None, objective=None, excluded_elements=())
    page = report(**run_parts | {"hits": None, "predictions": None})
    assert "hits" not in page.ids
    assert "andidate" not in page.text


def test_no_hits_is_said_and_explained(report: Callable[..., Page], run_parts: dict[str, Any]) -> None:
    run_parts["summary"]["screen"]["hits"] = 0
    screen = replace(run_parts["facts"].screen, in_window=0, in_window_and_domain=0)
    run_parts["facts"] = replace(run_parts["facts"], screen=screen)
    run_parts["hits"] = {name: [] for name in run_parts["hits"]}
    page = report(**run_parts | {"predictions": None})
    assert "None of 900 candidates meets the objective." in page.text
    assert "No candidate met the objective." in page.text


def test_a_list_that_was_cut_at_its_length_says_how_many_matched(
    report: Callable[..., Page], run_parts: dict[str, Any]
) -> None:
    screen = replace(run_parts["facts"].screen, in_window_and_domain=250)
    run_parts["facts"] = replace(run_parts["facts"], screen=screen)
    page = report(**run_parts | {"predictions": None})
    assert "250 of 900 candidates match; the best 2 are ranked, 1 of them new." in page.text


def test_hostile_and_foreign_text_is_shown_and_never_run(
    report: Callable[..., Page], run_parts: dict[str, Any]
) -> None:
    evil = "<script>alert(1)</script>"
    run_parts["hits"]["formula"] = [evil, "Ünïcødé2 \u202e\U0001f9ea"]
    run_parts["hits"]["id"] = ['"><img src=http://x.example/a.png>', "材料-1"]
    run_parts["rejected"]["detail"] = [f"{evil} & 'quotes' {{{{ 7 * 7 }}}}"]
    run_parts["rejected"]["reason"] = ["</table>"]
    run_parts["predictions"]["id"] = [f"{evil}{i}" for i in range(len(run_parts["predictions"]["id"]))]
    run_parts["predictions"]["formula"] = [evil] * len(run_parts["predictions"]["id"])
    run_parts["summary"]["campaign"] = "</title><b>$x_1$"
    run_parts["facts"] = replace(
        run_parts["facts"], snapshot=replace(run_parts["facts"].snapshot, source="<img onerror=x>.csv")
    )
    page = report(**run_parts | {"campaign": "</code></pre><script>"})
    assert evil in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert "材料-1" in page.source


def test_signs_that_a_figure_cannot_draw_or_would_read_as_mathematics(
    report: Callable[..., Page], run_parts: dict[str, Any]
) -> None:
    run_parts["facts"] = replace(run_parts["facts"], targets=(TargetFacts("band_gap", "材 $\\frac$/kg"),))
    assert "$\\frac$/kg" in report(**run_parts).text


def test_one_fold_and_undefined_metrics_are_dashes(
    report: Callable[..., Page], run_parts: dict[str, Any]
) -> None:
    for row in run_parts["summary"]["models"]:
        row["metrics"]["mae"] = {"mean": 0.4, "std": None, "folds": [0.4]}
        row["metrics"]["r2"] = {"mean": float("nan"), "std": float("nan"), "folds": [None]}
        row["fit_seconds"] = None
    page = report(**run_parts)
    assert "no spread over folds to judge this by" in page.text
    assert page.text.count("–") > 4


def test_a_model_without_intervals_domain_and_formulas(
    report: Callable[..., Page], run_parts: dict[str, Any]
) -> None:
    rows = len(run_parts["predictions"]["id"])
    for name in ("lower", "upper", "in_domain"):
        run_parts["predictions"][name] = [None] * rows
    del run_parts["predictions"]["formula"], run_parts["hits"]["spread"]
    for name in ("lower", "upper", "probability", "in_domain", "known"):
        run_parts["hits"][name] = [None, None]
    page = report(**run_parts)
    assert "Do the intervals hold" not in page.text
    assert "Periodic table" not in page.source
    assert "Spread" not in page.text


def test_predictions_that_are_not_numbers_draw_nothing(
    report: Callable[..., Page], run_parts: dict[str, Any]
) -> None:
    rows = len(run_parts["predictions"]["id"])
    run_parts["predictions"]["y_pred"] = [float("nan")] * rows
    page = report(**run_parts)
    assert "Predicted against measured" not in page.source


def test_a_single_split_is_not_compared(report: Callable[..., Page], run_parts: dict[str, Any]) -> None:
    run_parts["summary"]["models"] = [
        row for row in run_parts["summary"]["models"] if row["split"] == "random"
    ]
    run_parts["summary"]["champion"] |= {"split": "random"}
    assert "Only the random split was run" in report(**run_parts | {"predictions": None}).text


def test_nothing_rejected_is_said(report: Callable[..., Page], run_parts: dict[str, Any]) -> None:
    run_parts["rejected"] = {name: [] for name in run_parts["rejected"]}
    assert "No row was rejected." in report(**run_parts | {"predictions": None}).text


def test_two_targets_each_have_their_tables(report: Callable[..., Page], run_parts: dict[str, Any]) -> None:
    models = run_parts["summary"]["models"]
    models += [row | {"target": "density"} for row in models]
    run_parts["facts"] = replace(
        run_parts["facts"], targets=(TargetFacts("band_gap", "eV"), TargetFacts("density", "g/cm³"))
    )
    page = report(**run_parts | {"predictions": None})
    assert "MSE ((g/cm³)²)" in page.text
    assert page.text.count("champion") < 12
