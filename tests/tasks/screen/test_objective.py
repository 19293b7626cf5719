"""What is looked for, in numbers and in words."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.tasks.screen.objective import Objective

NUMBERS = st.floats(-10, 10)
ERRORS = ResidualDistribution.of(np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), np.zeros(5))


@pytest.mark.parametrize(
    ("objective", "words", "met"),
    [
        (Objective(1.1, 1.7), "gap between 1.1 and 1.7 eV", [False, True, True, False]),
        (Objective(low=1.7), "gap at least 1.7 eV", [False, False, True, True]),
        (Objective(high=1.1), "gap at most 1.1 eV", [True, True, False, False]),
        (Objective(direction=1), "largest gap (eV)", [True] * 4),
        (Objective(direction=-1), "smallest gap (eV)", [True] * 4),
    ],
)
def test_what_meets_it(objective: Objective, words: str, met: list[bool]) -> None:
    assert objective.text("gap", "eV") == words
    assert objective.met(np.array([1.0, 1.1, 1.7, 1.8])).tolist() == met


def chance(objective: Objective, *values: float) -> NDArray[np.float64]:
    said = np.array(values)
    return objective.probability(said, partial(ERRORS.probability_between, said))


def test_probability_is_the_share_of_errors_that_lead_inside() -> None:
    # Of a prediction of 2 ± errors, 1.5, 2.0 and 2.5 lie in the window; of 3, only 2.0 and 2.5.
    assert chance(Objective(1.5, 2.5), 2.0, 3.0, 9.0).tolist() == [0.6, 0.4, 0.0]
    assert chance(Objective(low=2.0), 2.0).tolist() == [0.6]


@pytest.mark.parametrize("direction", [1, -1])
def test_a_direction_ranks_by_value_and_has_no_probability(direction: int) -> None:
    objective, value = Objective(direction=direction), np.array([1.0, 3.0, 2.0])
    probability = chance(objective, *value)
    assert all(map(math.isnan, probability))
    assert objective.merit(value, probability).tolist() == (direction * value).tolist()


def test_a_window_ranks_by_probability() -> None:
    assert Objective(1, 2).merit(np.array([1.5, 9.0]), np.array([0.2, 0.7])).tolist() == [0.2, 0.7]


@given(value=NUMBERS, low=NUMBERS, width=st.floats(0, 5))
def test_probabilities_are_between_nothing_and_one_and_add_up(value: float, low: float, width: float) -> None:
    inside = chance(Objective(low, low + width), value)[0]
    assert 0.0 <= inside <= 1.0
    assert chance(Objective(), value)[0] == 1.0
    below_or_on = chance(Objective(high=low + width), value)[0]
    assert inside <= below_or_on
