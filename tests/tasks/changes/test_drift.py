"""Drift is seen where there is some, and not where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped]

from matsluice.tasks.changes.drift import input_drift, stability_index, standardised_shift, thinned

COLUMNS = [f"feature.{number}" for number in range(40)]


def test_equal_distributions_raise_next_to_no_alarm() -> None:
    random = np.random.default_rng(5)
    alarms = 0
    for _ in range(25):
        found = input_drift(random.normal(size=(400, 40)), random.normal(size=(60, 40)), COLUMNS)
        assert found.tested == 40
        alarms += found.drifted > 0
    # A false discovery rate of 1 % is, with nothing to discover, one draw in a hundred with an alarm.
    assert alarms <= 2


def test_a_shifted_feature_is_named_with_its_shift() -> None:
    random = np.random.default_rng(6)
    earlier, new = random.normal(3.0, 2.0, (500, 40)), random.normal(3.0, 2.0, (80, 40))
    new[:, 7] += 3.0
    found = input_drift(earlier, new, COLUMNS)
    assert [one.column for one in found.features] == ["feature.7"]
    (one,) = found.features
    assert one.shift == pytest.approx((new[:, 7].mean() - earlier[:, 7].mean()) / earlier[:, 7].std())
    assert one.distance == pytest.approx(stats.ks_2samp(earlier[:, 7], new[:, 7]).statistic)
    assert one.adjusted_p >= stats.ks_2samp(earlier[:, 7], new[:, 7], method="asymp").pvalue
    assert one.stability is None  # 80 new ones are too few for it


def test_a_wider_feature_with_the_same_mean_is_seen() -> None:
    random = np.random.default_rng(7)
    earlier, new = random.normal(size=(2000, 2)), random.normal(size=(1000, 2))
    new[:, 1] *= 3
    found = input_drift(earlier, new, COLUMNS[:2])
    assert [one.column for one in found.features] == ["feature.1"]
    assert abs(found.features[0].shift or 0.0) < 1 / 3
    assert (found.features[0].stability or 0.0) > 0.25


def test_a_difference_too_small_to_matter_is_none() -> None:
    random = np.random.default_rng(8)
    earlier, new = random.normal(size=(20_000, 1)), random.normal(0.1, 1.0, (20_000, 1))
    assert stats.ks_2samp(earlier[:, 0], new[:, 0]).pvalue < 1e-6
    assert input_drift(earlier, new, COLUMNS[:1]).drifted == 0


def test_a_feature_that_was_constant_and_is_no_more() -> None:
    earlier, new = np.full((300, 1), 1 / 3), np.full((30, 1), 1 / 3)
    assert input_drift(earlier, new, COLUMNS[:1]).drifted == 0
    new[:20] = 0.5
    (one,) = input_drift(earlier, new, COLUMNS[:1]).features
    assert one.shift is None


def test_undefined_values_are_left_out_and_too_few_are_said() -> None:
    random = np.random.default_rng(9)
    earlier, new = random.normal(size=(100, 2)), random.normal(size=(20, 2))
    new[:15, 0] = np.nan
    assert input_drift(earlier, new, COLUMNS[:2]).tested == 1
    new[:] = np.nan
    assert "no feature is defined" in input_drift(earlier, new, COLUMNS[:2]).reason
    few = input_drift(earlier, new[:7], COLUMNS[:2])
    assert (few.tested, few.new_materials) == (0, 7)
    assert "fewer than 8" in few.reason


def test_stability_index_by_hand() -> None:
    earlier, new = np.arange(1000.0), np.concatenate([np.arange(500.0), np.arange(500.0)])
    p, q = np.full(10, 100.5) / 1005, np.array([200.5] * 5 + [0.5] * 5) / 1005
    assert stability_index(earlier, new) == pytest.approx(float(((q - p) * np.log(q / p)).sum()))
    assert stability_index(earlier, earlier) == 0.0
    assert stability_index(earlier, new[:99]) is None


def test_no_spread_gives_no_shift() -> None:
    assert standardised_shift(np.full(5, 1e6), np.full(5, 2e6)) is None


@pytest.mark.parametrize("rows", [0, 1, 19_999, 20_001, 55_555])
def test_thinned_rows_are_spread_and_few(rows: int) -> None:
    found = thinned(np.arange(rows))
    assert len(found) <= 20_000
    assert not rows or found[0] == 0
    assert rows <= 20_000 or found[-1] > 0.99 * rows
