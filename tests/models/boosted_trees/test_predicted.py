"""Boosted trees are added up to the bit as XGBoost does it, or left to XGBoost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from xgboost import XGBRegressor

from matsluice.models.boosted_trees import leaf_masks
from matsluice.models.boosted_trees import predicted as predicting
from matsluice.models.boosted_trees.leaf_masks import LeafMasks
from matsluice.models.boosted_trees.predicted import predicted
from matsluice.models.catalogue import make_model

COLUMNS = 6


@pytest.fixture(autouse=True)
def _a_few_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "MANY_ROWS", 1)


def drawn(n: int, seed: int, unknown: float = 0.2) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features of which some are unknown, some are whole numbers that many rows share, and values that need them."""
    chance = np.random.default_rng(seed)
    X = chance.normal(size=(n, COLUMNS))
    X[:, 3:] = X[:, 3:].round()
    y = X[:, 0] * X[:, 1] + np.abs(X[:, 3]) + 0.1 * chance.normal(size=n)
    X[chance.random(X.shape) < unknown] = np.nan
    return X, y


def fitted(X: NDArray[np.float64], y: NDArray[np.float64], **parameters: Any) -> Any:
    return make_model("xgboost", {"n_estimators": 40, "fill": "none", **parameters}, seed=0).fit(X, y)


def said_by_xgboost(pipeline: Any, X: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(pipeline.predict(X), dtype=np.float64)


@settings(max_examples=30)
@given(
    depth=st.integers(1, 6),
    trees=st.integers(1, 60),
    loss=st.sampled_from(["mse", "mae"]),
    unknown=st.sampled_from([0.0, 0.3]),
    rows=st.integers(1, 100),
    seed=st.integers(0, 99),
)
def test_to_the_bit(depth: int, trees: int, loss: str, unknown: float, rows: int, seed: int) -> None:
    X, y = drawn(120, seed, unknown)
    pipeline = fitted(X, y, max_depth=depth, n_estimators=trees, loss=loss)
    assert LeafMasks.of(pipeline[-1].get_booster()) is not None
    new = drawn(rows, seed + 1, 0.3)[0]
    assert predicted(pipeline, new).tobytes() == said_by_xgboost(pipeline, new).tobytes()


def test_values_at_thresholds_and_beyond_float32() -> None:
    X, y = drawn(300, 3)
    pipeline = fitted(X, y, max_depth=4)
    masks = LeafMasks.of(pipeline[-1].get_booster())
    assert masks is not None
    at = masks.threshold.astype(np.float64)
    beside = np.nextafter(masks.threshold, np.float32(-np.inf)).astype(np.float64)
    new = np.tile(X[:1], (2 * len(at) + 4, 1))
    for column in range(COLUMNS):
        new[:, column] = np.concatenate([at, beside, [np.inf, -np.inf, 1e300, -1e300]])
        assert predicted(pipeline, new).tobytes() == said_by_xgboost(pipeline, new).tobytes()


@pytest.mark.parametrize("at_once", [1, 7, 40])
def test_trees_are_added_in_their_order_however_many_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    X, y = drawn(200, 5)
    pipeline = fitted(X, y)
    monkeypatch.setattr(leaf_masks, "TREES_AT_ONCE", at_once)
    masks = LeafMasks.of(pipeline[-1].get_booster())
    assert masks is not None
    assert len(masks.groups) == -(-40 // at_once) + 1
    said = np.empty(len(X), dtype=np.float32)
    # The kernel has room for as many trees as it was compiled for; each group needs no more.
    kernel_of(at_once)(X, *masks, said)
    assert said.astype(np.float64).tobytes() == said_by_xgboost(pipeline, X).tobytes()


def kernel_of(at_once: int) -> Any:
    """The kernel, interpreted as if it had been compiled for so many trees at once."""
    from numba import njit

    from matsluice.models.boosted_trees import scoring_kernel

    plain: Any = scoring_kernel.add_trees
    plain = plain.py_func
    scope = {**plain.__globals__, "TREES_AT_ONCE": at_once}
    return njit(type(plain)(plain.__code__, scope))


def test_a_tree_that_asks_nothing_counts() -> None:
    X = np.zeros((20, COLUMNS))
    pipeline = fitted(X, np.arange(20.0))
    new = drawn(5, 1)[0]
    assert predicted(pipeline, new).tobytes() == said_by_xgboost(pipeline, new).tobytes()


def test_what_is_no_sum_of_small_trees_is_left_to_xgboost() -> None:
    X, y = drawn(3000, 7, 0.0)
    deep = fitted(X, y, max_depth=9, n_estimators=3)
    dart = make_pipeline("passthrough", XGBRegressor(booster="dart", n_estimators=5, rate_drop=0.5).fit(X, y))
    counts = make_pipeline(
        "passthrough", XGBRegressor(objective="count:poisson", n_estimators=5).fit(X, np.abs(y))
    )
    stopped = XGBRegressor(n_estimators=50, early_stopping_rounds=1, learning_rate=1.0)
    stopped.fit(X[:500], y[:500], eval_set=[(X[500:600], y[500:600])], verbose=False)
    two = make_pipeline("passthrough", XGBRegressor(n_estimators=5).fit(X, np.stack([y, -y], axis=1)))
    assert LeafMasks.of(two[-1].get_booster()) is None
    for pipeline in (deep, dart, counts, make_pipeline("passthrough", stopped)):
        assert LeafMasks.of(pipeline[-1].get_booster()) is None
        assert predicted(pipeline, X[:50]).tobytes() == said_by_xgboost(pipeline, X[:50]).tobytes()


def test_other_models_predict_for_themselves() -> None:
    X, y = drawn(60, 9, 0.0)
    for kind in ("ridge", "random_forest"):
        pipeline = make_model(kind, {}, seed=0).fit(X, y)
        assert predicted(pipeline, X).tobytes() == said_by_xgboost(pipeline, X).tobytes()


def test_few_rows_are_left_to_xgboost_until_many_were_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "MANY_ROWS", 20)
    X, y = drawn(60, 13)
    pipeline = fitted(X, y)
    predicted(pipeline, X[:19])
    assert predicting._leaf_masks.kept(pipeline) is None
    predicted(pipeline, X[:20])
    kept = predicting._leaf_masks.kept(pipeline)
    assert kept is not None
    kept.base[0] = 7.0  # so that it shows who is asked
    assert (predicted(pipeline, X[:1]) != said_by_xgboost(pipeline, X[:1])).all()


def test_another_number_of_columns_is_refused() -> None:
    X, y = drawn(60, 11)
    with pytest.raises(ValueError, match="Feature shape mismatch"):
        predicted(fitted(X, y), X[:, :4])
