"""Gains that are foreseen, against sums over every error that may be made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.tasks.screen.acquisition import (
    Aim,
    Foreseen,
    expected_improvement,
    explore,
    gain,
    half_widths,
    upper_bound,
)
from matsluice.tasks.screen.objective import Objective

CHANCE = np.random.default_rng(0)
NUMBERS = st.floats(-5, 5)
AIMS = st.one_of(
    st.builds(lambda low, width: Aim(Objective(low, low + width), 0.0), NUMBERS, st.floats(0.01, 5)),
    st.builds(lambda low: Aim(Objective(low=low), 0.0), NUMBERS),
    st.builds(lambda high: Aim(Objective(high=high), 0.0), NUMBERS),
    st.builds(lambda best, way: Aim(Objective(direction=way), best), NUMBERS, st.sampled_from([1, -1])),
)


def seen(prediction: list[float], scale: list[float], residuals: list[float]) -> Foreseen:
    n = len(prediction)
    return Foreseen(np.array(prediction), np.full(n, np.nan), np.array(scale), np.sort(residuals))


def possible(one: Foreseen) -> NDArray[np.float64]:
    """Every value that each candidate may have, (n, m)."""
    return one.prediction[:, None] + one.expected_error[:, None] * one.residuals


@given(
    aim=AIMS,
    prediction=NUMBERS,
    scale=st.floats(0.01, 3),
    residuals=st.lists(NUMBERS, min_size=1, max_size=12),
)
def test_the_mean_gain(aim: Aim, prediction: float, scale: float, residuals: list[float]) -> None:
    one = seen([prediction], [scale], residuals)
    by_hand = np.maximum(gain(possible(one), aim), 0.0).mean(axis=1)
    assert expected_improvement(one, aim, CHANCE) == pytest.approx(by_hand, abs=1e-9)


@given(
    aim=AIMS,
    prediction=NUMBERS,
    scale=st.floats(0.01, 3),
    residuals=st.lists(NUMBERS, min_size=9, max_size=30),
)
def test_no_value_of_the_interval_gains_more(
    aim: Aim, prediction: float, scale: float, residuals: list[float]
) -> None:
    one = seen([prediction], [scale], residuals)
    half = ResidualDistribution(np.sort(residuals)).half_width(0.9) * scale
    inside = np.linspace(prediction - half, prediction + half, 41)
    assert gain(inside, aim).max() <= upper_bound(one, aim, CHANCE)[0] + 1e-9


def test_the_interval_is_the_conformal_one() -> None:
    errors = np.sort(np.random.default_rng(3).normal(size=50))
    one = seen([0.0, 0.0], [1.0, 2.0], errors.tolist())
    width = ResidualDistribution(errors).half_width(0.9)
    assert half_widths(one, 0.9) == pytest.approx([width, 2 * width])
    # Where errors are too few for the level the widest interval would be infinite, and all alike.
    assert np.isfinite(half_widths(seen([0.0], [1.0], [0.5, -2.0]), 0.9)).all()


def test_sureness_is_worth_nothing_beyond_a_window_and_doubt_is() -> None:
    aim = Aim(Objective(1.0, 2.0), 0.0)
    both = seen([3.0, 3.0], [0.01, 1.0], [-2.0, -1.5, 0.0, 1.0])
    sure, doubtful = expected_improvement(both, aim, CHANCE)
    assert sure == 0.0
    assert doubtful == pytest.approx(0.5 / 4)
    assert upper_bound(both, aim, CHANCE)[1] > upper_bound(both, aim, CHANCE)[0]
    assert explore(both, aim, CHANCE).tolist() == [0.01, 1.0]
