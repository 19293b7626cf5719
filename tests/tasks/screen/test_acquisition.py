"""Gains that are foreseen, against sums over every error that may be made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.screen.acquisition import Foreseen, depth, expected_improvement, explore, upper_bound
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.objective import Objective

NUMBERS = st.floats(-5, 5)
WINDOWS = st.one_of(
    st.builds(lambda low, width: Objective(low, low + width), NUMBERS, st.floats(0.01, 5)),
    NUMBERS.map(lambda low: Objective(low=low)),
    NUMBERS.map(lambda high: Objective(high=high)),
)


def seen(prediction: list[float], residuals: list[float]) -> Foreseen:
    value = np.array(prediction)
    intervals = ConformalIntervals(ResidualDistribution(np.sort(residuals)))
    return Foreseen(value, np.full(len(value), np.nan), RowSigns.nothing_known(value), intervals)


@given(
    window=WINDOWS,
    prediction=NUMBERS,
    residuals=st.lists(NUMBERS, min_size=2, max_size=30),
    kappa=st.floats(0, 3),
)
def test_no_value_that_near_to_the_mean_lies_deeper(
    window: Objective, prediction: float, residuals: list[float], kappa: float
) -> None:
    one = seen([prediction], residuals)
    mean, reach = prediction + np.mean(residuals), kappa * np.std(residuals)
    near = np.linspace(mean - reach, mean + reach, 41)
    assert depth(near, window).max() <= upper_bound(one, Aim("gap", window, kappa=kappa))[0] + 1e-9


@given(
    direction=st.sampled_from([1, -1]),
    prediction=NUMBERS,
    residuals=st.lists(NUMBERS, min_size=1, max_size=12),
    best=NUMBERS,
)
def test_of_a_direction_it_is_what_lies_beyond_the_best(
    direction: int, prediction: float, residuals: list[float], best: float
) -> None:
    one, aim = seen([prediction], residuals), Aim("gap", Objective(direction=direction), best=best, kappa=0.0)
    values = prediction + np.array(residuals)
    by_hand = np.maximum(direction * (values - best), 0.0).mean()
    assert expected_improvement(one, aim)[0] == pytest.approx(by_hand, abs=1e-9)
    assert upper_bound(one, aim)[0] == pytest.approx(direction * values.mean(), abs=1e-9)


def test_sureness_is_worth_nothing_beyond_a_window_and_doubt_is() -> None:
    aim = Aim("gap", Objective(1.0, 2.0))
    sure, doubtful = seen([3.0], [-0.02, -0.01, 0.0, 0.01]), seen([3.0], [-2.0, -1.5, 0.0, 1.0])
    assert expected_improvement(sure, aim).tolist() == [0.0]
    assert expected_improvement(doubtful, aim) == pytest.approx([0.5 / 4])
    assert upper_bound(doubtful, aim)[0] > upper_bound(sure, aim)[0]
    assert explore(doubtful, aim).tolist() == [1.0]
