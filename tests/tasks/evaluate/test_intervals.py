"""Whether intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.tasks.evaluate.intervals import cross_conformal_half_widths


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95])
def test_coverage_on_exchangeable_rows(confidence: float) -> None:
    """Skewed errors, five folds, 200 draws: the share inside is the level, give or take the draws."""
    chance = np.random.default_rng(11)
    inside = []
    for _ in range(200):
        y_true = chance.normal(2.0, 1.5, 200)
        y_pred = y_true - (chance.gamma(2.0, 0.3, 200) - 0.5)
        fold = chance.permutation(200) % 5
        half_width = cross_conformal_half_widths(y_true, y_pred, fold, confidence)
        inside.append(np.mean(np.abs(y_true - y_pred) <= half_width))
    assert np.mean(inside) == pytest.approx(confidence, abs=0.01)


def test_a_rows_own_fold_never_enters_its_interval() -> None:
    chance = np.random.default_rng(5)
    y_true, y_pred, fold = chance.normal(size=60), chance.normal(size=60), np.arange(60) % 3
    before = cross_conformal_half_widths(y_true, y_pred, fold, 0.9)
    spoilt = np.where(fold == 1, y_pred + 1e6, y_pred)
    after = cross_conformal_half_widths(y_true, spoilt, fold, 0.9)
    assert (after[fold == 1] == before[fold == 1]).all()
    assert (after[fold != 1] > before[fold != 1]).all()


def test_alike_within_a_fold() -> None:
    chance = np.random.default_rng(5)
    fold = chance.permutation(40) % 4
    widths = cross_conformal_half_widths(chance.normal(size=40), chance.normal(size=40), fold, 0.8)
    assert [len(set(widths[fold == number])) for number in range(4)] == [1] * 4


def test_too_few_rows_for_the_level_give_no_bound() -> None:
    assert np.isinf(cross_conformal_half_widths(np.zeros(8), np.ones(8), np.arange(8) % 2, 0.99)).all()


def test_a_row_that_several_folds_test_never_enters_its_own_interval() -> None:
    """As where an element is left out: row 0 is tested in the folds 0 and 1."""
    row, fold = np.array([0, *range(1, 30), 0, *range(30, 59)]), np.repeat([0, 1], 30)
    y_true, y_pred = np.zeros(60), np.random.default_rng(2).normal(size=60)
    before = cross_conformal_half_widths(y_true, y_pred, fold, 0.9, row)
    spoilt = np.where(row == 0, 1e6, y_pred)
    after = cross_conformal_half_widths(y_true, spoilt, fold, 0.9, row)
    assert (after == before).all()
    # Without knowing which row each is of, it would.
    unaware = [cross_conformal_half_widths(y_true, said, fold, 0.9) for said in (y_pred, spoilt)]
    assert (unaware[0] != unaware[1]).any()
