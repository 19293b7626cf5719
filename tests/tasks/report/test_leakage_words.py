"""The sentence about leakage is right in every case it can meet."""

from __future__ import annotations

from math import isnan, nan

import pytest

from matsluice.tasks.report.leakage_words import (
    Leakage,
    leakage,
    leakage_sentence,
    leakage_summary,
    verdict,
)
from matsluice.tasks.report.run_summary import ModelScores, Score


def compared(random: float, grouped: float, std: float = 0.01, model: str = "random_forest") -> Leakage:
    rows = (
        ModelScores(model, "gap", "random", {"mae": Score(random, std)}),
        ModelScores(model, "gap", "composition", {"mae": Score(grouped, std)}),
    )
    return leakage(rows, "gap", "composition")[0]


@pytest.mark.parametrize(
    ("row", "ending", "cell"),
    [
        (compared(0.28, 0.40), "hides 30 % of the error.", "30 % hidden"),
        (compared(0.39, 0.40), "no leakage is measured.", "within the spread"),
        (compared(0.45, 0.40), "the random score is not inflated by leakage.", "none"),
        (compared(0.28, 0.40, nan), "of the error (no spread over folds to judge this by).", "30 % hidden"),
        (compared(0.28, 0.40, 0.0), "of the error (no spread over folds to judge this by).", "30 % hidden"),
        (compared(nan, 0.40), "so they cannot be compared.", "not defined"),
        (compared(0.28, nan), "so they cannot be compared.", "not defined"),
        (
            compared(0.0, 0.0, nan),
            "a share of the error cannot be given (no spread over folds to judge this by).",
            "not defined",
        ),
    ],
)
def test_every_case_has_its_words(row: Leakage, ending: str, cell: str) -> None:
    assert leakage_sentence(row, "eV").endswith(ending)
    assert verdict(row) == cell


def test_the_share_is_of_the_grouped_error() -> None:
    assert compared(0.28, 0.40).share == pytest.approx(0.30)
    assert isnan(compared(0.28, nan).share)


def test_a_difference_must_exceed_both_spreads_together() -> None:
    # sqrt(0.03^2 + 0.03^2) = 0.0424
    assert compared(0.30, 0.342, 0.03).beyond_spread is False
    assert compared(0.30, 0.343, 0.03).beyond_spread is True


def test_models_of_one_split_only_are_left_out() -> None:
    rows = (ModelScores("ridge", "gap", "random", {"mae": Score(0.3, 0.1)}),)
    assert leakage(rows, "gap", "composition") == ()


def test_the_summary_is_about_the_champion_and_names_the_most_flattered() -> None:
    rows = (compared(0.30, 0.40), compared(0.2, 0.45, model="svm"), compared(1.1, 1.1, model="dummy"))
    text = leakage_summary(rows, "random_forest", "eV")
    assert text.startswith("Random forest looks like 0.300 eV")
    assert text.endswith("Support vector machine is flattered most: 56 % of its error is hidden.")


def test_the_summary_of_nothing_is_empty_and_of_the_baseline_alone_is_about_it() -> None:
    assert leakage_summary((), "ridge", "eV") == ""
    assert leakage_summary((compared(1.1, 1.1, model="dummy"),), "", "eV").startswith("Training mean")
