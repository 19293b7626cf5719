"""Intervals and probabilities from errors on rows a model had not seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.models.residual_distribution import ResidualDistribution

ERRORS = st.lists(st.floats(-100, 100), min_size=1, max_size=40).map(np.array)


def of(*errors: float) -> ResidualDistribution:
    return ResidualDistribution.of(np.array(errors), np.zeros(len(errors)))


def test_errors_are_measured_minus_predicted() -> None:
    assert ResidualDistribution.of(np.array([1.0, 5.0]), np.array([2.0, 1.0])).residuals.tolist() == [
        -1.0,
        4.0,
    ]


@pytest.mark.parametrize(
    ("confidence", "half_width"),
    # Sizes 1 to 9; of ten ranks the ⌈10 c⌉-th.
    [(0.1, 1.0), (0.5, 5.0), (0.51, 6.0), (0.9, 9.0), (0.91, math.inf), (0.99, math.inf)],
)
def test_half_width_by_hand(confidence: float, half_width: float) -> None:
    assert of(1, -2, 3, -4, 5, -6, 7, -8, 9).half_width(confidence) == half_width


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95])
def test_coverage_of_the_next_value(confidence: float) -> None:
    """At least the level, and over the level by no more than 1/(n + 1), for continuous errors."""
    chance = np.random.default_rng(17)
    covered, n = 0, 59
    for _ in range(4000):
        errors = chance.standard_t(3, size=n + 1)
        covered += abs(errors[-1]) <= of(*errors[:-1]).half_width(confidence)
    slack = 3 * math.sqrt(confidence * (1 - confidence) / 4000)
    assert confidence - slack <= covered / 4000 <= confidence + 1 / (n + 1) + slack


def test_probability_by_hand() -> None:
    errors = of(-1.0, 0.0, 1.0, 2.0)
    # From 10: 9, 10, 11, 12.
    assert errors.probability_between(np.array([10.0]), 9.5, 11.5).tolist() == [0.5]
    assert errors.probability_between(np.array([10.0]), 9.0, 12.0).tolist() == [1.0]
    assert errors.probability_between(np.array([10.0, 20.0]), -math.inf, 10.0).tolist() == [0.5, 0.0]


def test_no_errors_at_all() -> None:
    assert of().half_width(0.5) == math.inf
    assert of().probability_between(np.array([1.0]), 0.0, 2.0).tolist() == [0.0]


@given(errors=ERRORS, low=st.floats(-50, 50), width=st.floats(0, 50), value=st.floats(-50, 50))
def test_probability_is_the_share_of_errors(
    errors: np.ndarray, low: float, width: float, value: float
) -> None:
    probability = ResidualDistribution.of(errors, np.zeros(len(errors))).probability_between(
        np.array([value]), low, low + width
    )
    inside = (errors >= low - value) & (errors <= low + width - value)
    assert probability[0] == inside.mean()


@given(errors=ERRORS, confidence=st.floats(0.01, 0.99), more=st.floats(0.01, 0.99))
def test_a_higher_level_is_never_narrower(errors: np.ndarray, confidence: float, more: float) -> None:
    distribution = ResidualDistribution.of(errors, np.zeros(len(errors)))
    low, high = sorted((confidence, more))
    assert distribution.half_width(low) <= distribution.half_width(high)
