"""Metrics against values by hand and against scikit-learn's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matsluice.tasks.evaluate.metrics import METRICS, FoldScores, score_folds

VALUES = st.floats(-1e3, 1e3, allow_subnormal=False)
PAIRS = st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=30).map(lambda pairs: np.array(pairs).T)


def test_by_hand() -> None:
    # Errors 1, 0, −2, 1: sum of sizes 4, of squares 6; the mean is 2, the variation 4 + 0 + 0 + 4 = 8.
    y_true, y_pred = np.array([0.0, 2.0, 2.0, 4.0]), np.array([-1.0, 2.0, 4.0, 3.0])
    computed = {name: metric.compute(y_true, y_pred) for name, metric in METRICS.items()}
    # Sizes 0, 1, 1, 2. Ranks 1, 2½, 2½, 4 and 1, 2, 4, 3: deviations −1½, 0, 0, 1½ and −1½, −½, 1½, ½.
    rho = (2.25 + 0.75) / math.sqrt(4.5 * 5.0)
    assert computed.pop("spearman") == pytest.approx(rho)
    assert computed == {"mae": 1.0, "mse": 1.5, "rmse": math.sqrt(1.5), "r2": 0.25, "medae": 1.0}


@given(PAIRS)
def test_as_scikit_learn_has_them(pairs: np.ndarray) -> None:
    from sklearn import metrics

    y_true, y_pred = pairs
    reference = {
        "mae": metrics.mean_absolute_error(y_true, y_pred),
        "mse": metrics.mean_squared_error(y_true, y_pred),
        "rmse": metrics.root_mean_squared_error(y_true, y_pred),
    }
    for name, value in reference.items():
        assert METRICS[name].compute(y_true, y_pred) == pytest.approx(value, rel=1e-12)
    assume(np.ptp(y_true) > 1e-3)
    assert METRICS["r2"].compute(y_true, y_pred) == pytest.approx(metrics.r2_score(y_true, y_pred), rel=1e-9)


def test_limits_of_r2() -> None:
    y = np.array([1.0, 2.0, 4.0])
    r2 = METRICS["r2"].compute
    assert r2(y, y) == 1.0
    assert r2(y, np.full(3, y.mean())) == pytest.approx(0.0)
    assert r2(y, -y) < 0
    assert math.isnan(r2(np.ones(3), np.ones(3)))


def test_errors_are_better_when_small_and_agreement_when_large() -> None:
    assert [name for name, metric in METRICS.items() if not metric.less_is_better] == ["r2", "spearman"]


@given(PAIRS)
def test_rank_correlation_as_scipy_has_it(pairs: np.ndarray) -> None:
    from scipy.stats import spearmanr  # type: ignore[import-untyped]

    y_true, y_pred = pairs
    assume(np.ptp(y_true) > 0)
    assume(np.ptp(y_pred) > 0)
    assert METRICS["spearman"].compute(y_true, y_pred) == pytest.approx(
        spearmanr(y_true, y_pred).statistic, abs=1e-9
    )


def test_no_ranking_of_values_that_are_all_alike() -> None:
    assert math.isnan(METRICS["spearman"].compute(np.ones(3), np.arange(3.0)))
    assert math.isnan(METRICS["spearman"].compute(np.arange(3.0), np.ones(3)))


def test_scores_of_folds_are_those_of_their_rows_whatever_their_order() -> None:
    y_true = np.array([0.0, 10.0, 0.0, 10.0])
    y_pred = np.array([1.0, 13.0, 2.0, 13.0])
    scores = score_folds(y_true, y_pred, np.array([0, 1, 0, 1]))
    assert scores["mae"] == FoldScores(mean=2.25, std=math.sqrt(2 * 0.75**2), folds=(1.5, 3.0))
    assert scores["mse"].folds == (2.5, 9.0)
    assert set(scores) == set(METRICS)


def test_one_fold_has_no_spread() -> None:
    assert FoldScores.of([0.4]) == FoldScores(0.4, 0.0, (0.4,))
