"""Improvement and bounds are means over the errors themselves, computed here one error at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.predictive_value import (
    expected_depth,
    expected_improvement,
    upper_bound,
)
from matsluice.models.uncertainty.row_signs import RowSigns

NUMBERS = st.floats(-5, 5).map(lambda number: round(number, 3))


@given(
    errors=st.lists(NUMBERS, min_size=1, max_size=12),
    predictions=st.lists(NUMBERS, min_size=1, max_size=5),
    best=NUMBERS,
    direction=st.sampled_from([1, -1]),
    bounds=st.sampled_from([(-np.inf, np.inf), (0.0, np.inf), (-2.0, 2.0)]),
)
def test_improvement_is_the_mean_over_the_errors(
    errors: list[float], predictions: list[float], best: float, direction: int, bounds: tuple[float, float]
) -> None:
    made = ConformalIntervals(ResidualDistribution(np.sort(errors)), bounds=bounds)
    found = expected_improvement(made, RowSigns.nothing_known(np.array(predictions)), best, direction)
    expected = [
        np.mean(
            [max(0.0, direction * (min(max(said + error, bounds[0]), bounds[1]) - best)) for error in errors]
        )
        for said in predictions
    ]
    assert found == pytest.approx(np.array(expected), abs=1e-9)


@given(
    errors=st.lists(NUMBERS, min_size=1, max_size=12),
    predictions=st.lists(NUMBERS, min_size=1, max_size=5),
    window=st.one_of(
        st.builds(lambda low, width: (low, low + width), NUMBERS, st.floats(0.01, 5)),
        NUMBERS.map(lambda low: (low, np.inf)),
        NUMBERS.map(lambda high: (-np.inf, high)),
    ),
    bounds=st.sampled_from([(-np.inf, np.inf), (0.0, np.inf), (-2.0, 2.0)]),
)
def test_depth_is_the_mean_over_the_errors(
    errors: list[float],
    predictions: list[float],
    window: tuple[float, float],
    bounds: tuple[float, float],
) -> None:
    made = ConformalIntervals(ResidualDistribution(np.sort(errors)), bounds=bounds)
    found = expected_depth(made, RowSigns.nothing_known(np.array(predictions)), *window)
    values = np.clip(np.array(predictions)[:, None] + np.array(errors), *bounds)
    inside = np.minimum(values - window[0], window[1] - values)
    assert found == pytest.approx(np.maximum(inside, 0.0).mean(axis=1), abs=1e-9)


@pytest.mark.parametrize("direction", [1, -1])
def test_groups_have_their_own_errors(direction: int) -> None:
    edges = np.array([0.0])
    groups = {0: ResidualDistribution(np.array([-1.0, 1.0])), 1: ResidualDistribution(np.array([-3.0, 3.0]))}
    made = ConformalIntervals(ResidualDistribution(np.zeros(1)), groups, per="prediction", edges=edges)
    signs = RowSigns.nothing_known(np.array([-1.0, 1.0]))
    reach = upper_bound(made, signs, 2.0, direction) - signs.prediction
    assert np.unique(np.abs(reach)).tolist() == [2.0, 6.0]
    assert upper_bound(made, signs, 0.0, direction).tolist() == [-1.0, 1.0]
