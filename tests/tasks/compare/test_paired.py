"""Differences of errors: what chance does to them is said as often as it is so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # it ships no types

from matsluice.tasks.compare.paired import holm, over_folds, over_materials, over_nothing

FINITE = st.floats(0.01, 100.0)


def test_the_paired_test_without_the_correction_is_scipys() -> None:
    now, before = [0.41, 0.38, 0.44, 0.40], [0.45, 0.40, 0.43, 0.47]
    found = over_folds(now, before)
    plain = stats.ttest_rel(now, before)
    assert found is not None
    # Its variance is s² (1/k + 1/(k − 1)) in place of s²/k.
    widened = abs(plain.statistic) / np.sqrt(1 + 4 / 3)
    assert found.p == pytest.approx(2 * stats.t.sf(widened, 3))


@given(st.lists(st.tuples(FINITE, FINITE), min_size=2, max_size=10))
def test_the_order_of_folds_and_of_models(pairs: list[tuple[float, float]]) -> None:
    now, before = [a for a, _ in pairs], [b for _, b in pairs]
    found, mirrored = over_folds(now, before), over_folds(before, now)
    turned = over_folds(now[::-1], before[::-1])
    assert found is not None
    assert mirrored is not None
    assert turned is not None
    assert found.mean == pytest.approx(-mirrored.mean, abs=1e-9)
    assert found.p == pytest.approx(mirrored.p, abs=1e-6)
    assert found.p == pytest.approx(turned.p, abs=1e-6)
    assert found.low <= found.mean <= found.high


def test_equal_folds() -> None:
    same = over_folds([0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    assert same is not None
    assert (same.mean, same.p, same.is_nothing) == (0.0, 1.0, True)
    shifted = over_folds([1.1, 1.2, 1.3], [0.1, 0.2, 0.3])
    assert shifted is not None
    assert shifted.mean == pytest.approx(1.0)
    assert (shifted.p, shifted.is_nothing) == (0.0, False)


def test_too_few() -> None:
    assert over_folds([0.1], [0.2]) is None
    assert over_nothing([0.1], [0.2, 0.3]) is None
    assert over_materials(np.ones(3), np.zeros(3), np.zeros(3, np.int64), 0) is None
    assert over_materials(np.empty(0), np.empty(0), np.empty(0, np.int64), 0) is None


def test_real_cross_validation_of_equal_models_is_seldom_called_different() -> None:
    """Models of equally good columns are equals over all data: some 5 % may be called different."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold

    called, uncorrected = 0, 0
    draws = 200
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        # Two equally good columns: a model of either is as good as one of the other, on average over data.
        X = rng.normal(size=(60, 2))
        y = X.sum(axis=1) + rng.normal(size=60)
        errors: list[list[float]] = [[], []]
        for train, test in KFold(5, shuffle=True, random_state=seed).split(X):
            for column in (0, 1):
                model = Ridge().fit(X[train][:, [column]], y[train])
                errors[column].append(float(np.abs(model.predict(X[test][:, [column]]) - y[test]).mean()))
        found = over_folds(errors[0], errors[1])
        assert found is not None
        assert found.p is not None
        called += found.p < 0.05
        uncorrected += stats.ttest_rel(*errors).pvalue < 0.05
    assert called <= 0.08 * draws  # 5 %, and twice its standard error
    assert uncorrected > called  # what the correction is for


def test_an_interval_of_the_bootstrap_holds_the_truth_as_often_as_it_says() -> None:
    held, draws = 0, 150
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        material = np.repeat(np.arange(80), 3)
        # Rows of a material are wrong together; the mean difference is 0.1.
        shared = rng.normal(0.1, 0.5, 80)[material] + rng.normal(0.0, 0.1, 240)
        found = over_materials(shared, np.zeros(240), material, seed)
        assert found is not None
        held += found.low <= 0.1 <= found.high
    assert 0.89 * draws <= held <= 0.99 * draws


def test_the_bootstrap_is_the_same_each_time() -> None:
    rng = np.random.default_rng(0)
    now, before, material = rng.normal(size=500), rng.normal(size=500), np.arange(500)
    once = over_materials(now, before, material, 3)
    assert once == over_materials(now, before, material, 3)
    assert once != over_materials(now, before, material, 4)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_holm_is_the_running_maximum(p: list[float]) -> None:
    adjusted = holm(p)
    order = np.argsort(p, kind="stable")
    expected = np.minimum(1.0, np.maximum.accumulate(np.sort(p) * (len(p) - np.arange(len(p)))))
    assert [adjusted[i] for i in order] == pytest.approx(expected.tolist())
    assert all(value is not None and value >= raw for value, raw in zip(adjusted, p, strict=True))
