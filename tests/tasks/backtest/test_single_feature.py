"""The best single feature, against scikit-learn and a search by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from matsluice.tasks.backtest.single_feature import SingleFeature, average_precision, best_single_feature


@given(st.lists(st.tuples(st.integers(-2, 2), st.booleans()), min_size=2, max_size=30))
def test_average_precision_is_scikit_learns(rows: list[tuple[int, bool]]) -> None:
    merit, hit = np.array([float(m) for m, _ in rows]), np.array([h for _, h in rows])
    if hit.any():
        assert average_precision(merit, hit) == pytest.approx(average_precision_score(hit, merit))


def test_sign_and_column_are_chosen_by_what_they_reach() -> None:
    chance = np.random.default_rng(1)
    hit = chance.uniform(size=200) < 0.3
    X = chance.normal(size=(200, 4))
    X[:, 2] -= 1.5 * hit
    X[::9, 2] = np.nan
    chosen = best_single_feature(X, hit)
    assert (chosen.column, chosen.sign) == (2, -1)
    place = chosen.standing(X)
    assert (place[::9] == place.max()).all()
    assert np.isnan(X[np.argsort(place, kind="stable")[-23:], 2]).all()


@pytest.mark.parametrize("hit", [np.zeros(5, dtype=bool), np.ones(5, dtype=bool)])
def test_nothing_to_choose_by(hit: np.ndarray) -> None:
    chosen = best_single_feature(np.random.default_rng(0).normal(size=(5, 3)), hit)
    assert chosen.column == -1
    assert chosen.standing(np.ones((4, 3))).tolist() == [0, 0, 0, 0]


def test_a_column_of_nothing_is_no_better_than_chance() -> None:
    X = np.column_stack([np.full(4, np.nan), [1.0, 2.0, 3.0, 4.0]])
    assert best_single_feature(X, np.array([False, False, True, True])) == SingleFeature(1, 1, 1.0)
