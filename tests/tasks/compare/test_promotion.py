"""What a comparison, a rule, or the lack of either makes of a new version."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matsluice.tasks.compare.agreement import TOLD, Agreement, disagreement
from matsluice.tasks.compare.contest_pairs import ScoreComparison
from matsluice.tasks.compare.paired import Difference
from matsluice.tasks.compare.promotion import Rule, decide

BETTER = ScoreComparison(
    model="svm",
    model_before="ridge",
    target="band_gap",
    split="composition",
    metric="mae",
    now=0.41,
    before=0.44,
    difference=Difference(-0.031, -0.05, -0.012, 0.003, "folds", 5),
    p=0.003,
    verdict="better",
)
NOISE = replace(
    BETTER,
    difference=Difference(-0.002, -0.012, 0.008, 0.6, "materials", 812),
    p=0.6,
    verdict="no difference beyond noise",
)
WORSE = replace(BETTER, difference=Difference(0.031, 0.012, 0.05, 0.003, "folds", 5), verdict="worse")
SAME = replace(
    BETTER, difference=Difference(0, 0, 0, 1.0, "folds", 5), p=None, verdict="the same predictions"
)
UNPAIRED = replace(BETTER, difference=Difference(-9.0, -9.1, -8.9, 0.0, "nothing", 0))
UNKNOWN = replace(BETTER, difference=None, p=None, verdict="cannot be told")


@pytest.mark.parametrize(
    ("comparison", "rule", "outcome", "because"),
    [
        (BETTER, "better", "promoted", "better"),
        (NOISE, "better", "challenger", "not better"),
        (WORSE, "better", "challenger", "not better"),
        (SAME, "better", "challenger", "not better"),
        (UNPAIRED, "better", "challenger", "not comparable"),
        (UNKNOWN, "better", "challenger", "not comparable"),
        (None, "better", "challenger", "not comparable"),
        (WORSE, "always", "promoted", "asked always"),
        (None, "always", "promoted", "asked always"),
        (BETTER, "never", "challenger", "asked never"),
    ],
)
def test_against_a_champion(
    comparison: ScoreComparison | None, rule: Rule, outcome: str, because: str
) -> None:
    found = decide(3, 2, rule, comparison, unit="eV", obstacle="its files are gone")
    assert (found.outcome, found.because, found.against) == (outcome, because, 2)
    assert "version 3" in found.sentence
    assert "version 2" in found.sentence or because == "asked never"
    assert "\n" not in found.sentence
    assert found.record()["sentence"] == found.sentence


@pytest.mark.parametrize(
    ("rule", "outcome"), [("better", "promoted"), ("always", "promoted"), ("never", "challenger")]
)
def test_without_a_champion(rule: Rule, outcome: str) -> None:
    assert decide(1, None, rule).outcome == outcome


@pytest.mark.parametrize("rule", ["better", "always", "never"])
@pytest.mark.parametrize("champion", [None, 1])
def test_what_a_person_has_taken_back_stays_so(rule: Rule, champion: int | None) -> None:
    found = decide(2, champion, rule, BETTER, taken_back="ada: it fails on oxides")
    assert (found.outcome, found.because) == ("challenger", "taken back")
    assert "ada: it fails on oxides" in found.sentence


def test_the_sentence_has_the_difference_and_its_interval() -> None:
    assert decide(3, 2, "better", BETTER, unit="eV").sentence == (
        "version 3 is the champion in place of version 2: it is better beyond noise; its mean absolute error of "
        "band_gap on the composition split is 0.031 eV lower than version 2's "
        "(95 %: −0.050 to −0.012 eV; p = 0.003; over 5 folds)"
    )
    assert "0.002 eV lower" in (told := decide(3, 2, "better", NOISE, unit="eV").sentence)
    assert "(95 %: −0.012 to 0.008 eV; p = 0.60; over 812 materials)" in told
    assert "is the same, over 5 folds" in decide(3, 2, "better", SAME, unit="eV").sentence


@pytest.mark.parametrize("key", TOLD)
def test_whatever_differs_is_named(key: str) -> None:
    then = Agreement("band_gap", "eV", "mae", "composition", 5, 0.2, '{"min_rows": 2}')
    other: Any = {"folds": 3, "holdout": 0.1}.get(key, "another")
    said = disagreement(replace(then, **{key: other}), then)
    assert str(other) in said
    assert str(getattr(then, key)) in said
    assert disagreement(then, then) == ""
