"""Distributions that models predict: forests' leaves, neighbours, errors nearby, and a floor with heights above it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from matsluice.models.combination import combination
from matsluice.models.floored import FlooredRegressor, found_floor
from matsluice.models.leaf_distribution import LeafDistribution
from matsluice.models.local_errors import LocalErrors
from matsluice.models.pipelines import make_model
from matsluice.models.weighted_quantiles import weighted_quantiles

LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]
SMALL: dict[str, Any] = {
    "classifiers": ("knn", "decision_tree"),
    "regressors": ("knn", "decision_tree"),
    "inner_folds": 3,
}


def rows(n: int = 120, seed: int = 0) -> tuple[Any, Any]:
    """Return features, and values of which about half are zero."""
    chance = np.random.default_rng(seed)
    X = chance.normal(size=(n, 3))
    gap = np.exp(0.5 * X[:, 1] + chance.normal(scale=0.2, size=n))
    return X, np.where(X[:, 0] + chance.normal(scale=0.3, size=n) > 0, gap, 0.0)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=9),
    st.lists(st.integers(0, 5), min_size=9, max_size=9),
)
def test_a_weighted_quantile_is_that_of_repeated_values(values: list[int], counts: list[int]) -> None:
    """With whole weights it is numpy's quantile of the values, each repeated as often as it weighs."""
    kept = np.array(counts[: len(values)])
    if not kept.sum():
        return
    order = np.argsort(values, kind="stable")
    y, w = np.array(values, dtype=float)[order], kept[order]
    expected = np.quantile(np.repeat(y, w), LEVELS, method="averaged_inverted_cdf")
    assert weighted_quantiles(y, (w / w.sum())[None, :], LEVELS)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    "forest",
    [
        ExtraTreesRegressor(15, random_state=0),
        RandomForestRegressor(15, min_samples_leaf=4, bootstrap=False, random_state=0),
        DecisionTreeRegressor(min_samples_leaf=5, random_state=0),
    ],
)
def test_a_forests_weights_are_meinshausens(forest: Any) -> None:
    """Counted leaf by leaf, and their mean is what the forest itself predicts."""
    X, y = rows()
    model = LeafDistribution(forest).fit(X[:80], y[:80])
    order = np.argsort(y[:80], kind="stable")
    trees = getattr(model.estimator_, "estimators_", [model.estimator_])
    by_hand = np.zeros((40, 80))
    for tree in trees:
        there, asked = tree.apply(X[:80].astype(np.float32)), tree.apply(X[80:].astype(np.float32))
        same = asked[:, None] == there[order][None, :]
        by_hand += same / same.sum(axis=1, keepdims=True) / len(trees)
    assert model.weights(X[80:]) == pytest.approx(by_hand)
    assert model.weights(X[80:]) @ model.values_ == pytest.approx(model.estimator_.predict(X[80:]))
    assert model.predict(X[80:]) == pytest.approx(weighted_quantiles(y[:80][order], by_hand, [0.5])[:, 0])


def test_rows_are_answered_alike_alone_and_together(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = rows()
    model = LeafDistribution(ExtraTreesRegressor(9, random_state=0)).fit(X, y)
    whole = model.predict_quantiles(X, LEVELS)
    monkeypatch.setattr("matsluice.models.leaf_distribution.WEIGHTS_AT_A_TIME", 7 * len(X))
    assert model.predict_quantiles(X, LEVELS).tobytes() == whole.tobytes()


def test_errors_are_those_of_like_predictions() -> None:
    """Errors that grow with the prediction give a spread that does."""
    chance = np.random.default_rng(1)
    predicted = chance.uniform(0, 10, 3000)
    errors = LocalErrors.of(predicted + predicted * chance.normal(size=3000), predicted, neighbours=300)
    low, high = errors.quantiles(np.array([1.0, 8.0]), [0.16, 0.84])
    assert high[1] - high[0] == pytest.approx(16.0, rel=0.2)
    assert low[1] - low[0] == pytest.approx(2.0, rel=0.3)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_no_other_weights_have_less_absolute_error(seed: int) -> None:
    chance = np.random.default_rng(seed)
    predicted = chance.normal(size=(30, 2))
    y = predicted @ [0.7, 0.1] + 3.0 + chance.standard_t(2, size=30)
    model = combination("learned", "mae").fit(predicted, y)
    assert model.coef_.min() >= 0.0
    least = np.abs(model.predict(predicted) - y).sum()
    for _ in range(50):
        other = np.maximum(model.coef_ + chance.normal(scale=0.2, size=2), 0.0)
        shift = model.intercept_ + chance.normal(scale=0.2)
        assert np.abs(predicted @ other + shift - y).sum() >= least - 1e-7


def test_the_median_of_a_mixture() -> None:
    """Against draws from the same mixture: the floor with its probability, else the heights."""
    X, y = rows(300)
    model = FlooredRegressor(**SMALL, predicts="median").fit(X, y)
    assert model.floor_ == 0.0
    above = model.probability_above(X)
    assert (model.predict(X)[above < 0.49] == 0.0).all()
    shares = (np.arange(4000) + 0.5) / 4000
    heights = np.exp(model.size_.predict_quantiles(X[:20], shares))
    for row in range(20):
        floors = round(4000 * (1 - above[row]) / above[row]) if above[row] > 0.05 else 0
        if floors:
            drawn = np.concatenate([np.zeros(floors), heights[row]])
            expected = np.quantile(drawn, LEVELS)
            assert model.predict_quantiles(X[[row]], LEVELS)[0] == pytest.approx(expected, abs=0.05)
            mean = (
                FlooredRegressor(**SMALL, predicts="mean").fit(X, y).predict(X[[row]])[0] if row < 3 else None
            )
            assert mean is None or mean == pytest.approx(drawn.mean(), abs=0.05)


def test_medians_have_less_absolute_error_than_means() -> None:
    X, y = rows(600)
    test_X, test_y = rows(2000, seed=1)
    for kind, small in (("hurdle", SMALL), ("extra_trees", {"n_estimators": 60, "min_samples_leaf": 5})):
        median, mean = (
            make_model(kind, {**small, "predicts": word}, 0).fit(X, y).predict(test_X)
            for word in ("median", "mean")
        )
        assert np.abs(median - test_y).mean() < np.abs(mean - test_y).mean()


def test_quantiles_hold_their_share_of_new_rows() -> None:
    X, y = rows(800)
    test_X, test_y = rows(3000, seed=1)
    model = FlooredRegressor(**{**SMALL, "regressors": ("ridge", "knn")}).fit(X, y)
    lower, upper = model.predict_quantiles(test_X, [0.1, 0.9]).T
    assert np.mean((lower <= test_y) & (test_y <= upper)) == pytest.approx(0.8, abs=0.12)


@pytest.mark.parametrize(
    ("y", "settings", "said"),
    [
        ([0.0, 0.0, -1.0, 2.0], {"floor": 0.0}, "a value of -1 below it"),
        ([0.0, 0.0, 0.0, 0.0], {"floor": 0.0}, "every value lies on the floor"),
        ([0.0, 0.0, 1.0, 2.0], {"scale": "lg"}, 'unknown scale "lg"; there are log, sqrt, none'),
        ([0.0, 0.0, 1.0, 2.0], {"predicts": "mode"}, 'unknown predicts "mode"'),
        ([0.0, 0.0, 0.0, 2.0], {}, "at least 2 rows"),
    ],
)
def test_what_cannot_be_learned_is_said(y: list[float], settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FlooredRegressor(**{**SMALL, **settings}).fit(np.arange(4.0)[:, None], np.array(y))


def test_a_floor_is_shared_by_a_twentieth() -> None:
    assert found_floor(np.repeat([0.0, 1.0], [5, 95]) + np.r_[np.zeros(5), np.arange(95)]) == 0.0
    assert found_floor(np.repeat([0.0, 1.0], [4, 96]) + np.r_[np.zeros(4), np.arange(96)]) is None
    assert found_floor(np.ones(9)) is None


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("extra_trees", {"predicts": "mode"}, "mean, median"),
        ("knn", {"predicts": "mode"}, "mean, median"),
        ("xgboost", {"loss": "l1"}, "mse, mae"),
        ("stacking", {"combine": "vote"}, "learned, mean, median"),
        ("stacking", {"objective": "rmse"}, "mse and mae"),
    ],
)
def test_unknown_words(kind: str, parameters: dict[str, Any], said: str) -> None:
    X, y = rows(40)
    with pytest.raises(ValueError, match=said):
        make_model(kind, parameters | ({"members": ("knn", "ridge")} if kind == "stacking" else {}), 0).fit(
            X, y
        )


def test_the_median_of_a_stacks_members() -> None:
    X, y = rows(60)
    members = ("ridge", "knn", "decision_tree")
    stack = make_model("stacking", {"members": members, "combine": "median"}, 0).fit(X, y)
    each = [model.predict(X) for model in stack[-1].members_]
    assert stack.predict(X) == pytest.approx(np.median(each, axis=0))


def test_the_mean_of_classifiers_is_of_their_odds() -> None:
    X, y = rows(80)
    given = {"members": ("logistic", "decision_tree"), "combine": "mean"}
    stack = make_model("stacking", given, 0, "classification").fit(X, np.where(y > 0, "gap", "metal"))
    odds = [
        np.log(np.clip(p, 1e-3, None))
        for p in (one.predict_proba(X) for one in stack[-1].estimator_.members_)
    ]
    mean = np.mean([each[:, 1] - each[:, 0] for each in odds], axis=0)
    assert stack.predict_proba(X)[:, 1] == pytest.approx(1 / (1 + np.exp(-mean)))
