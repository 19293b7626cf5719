"""Every acquisition: its word in the campaign file, and that better predictions are worth more."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from matsluice.flows.campaign_file.using_sections import Screen
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.predict.predictions import Predictions
from matsluice.tasks.screen.acquisition import ACQUISITIONS, reached
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.objective import Objective

RANKING = tuple(name for name, spec in ACQUISITIONS.items() if spec.screens)


def test_the_campaign_file_has_a_word_for_each() -> None:
    assert get_args(Screen.model_fields["acquisition"].annotation) == RANKING


@pytest.mark.parametrize("name", RANKING)
@pytest.mark.parametrize("direction", [1, -1])
def test_of_equal_errors_the_better_prediction_is_worth_more(name: str, direction: int) -> None:
    value = direction * np.array([1.0, 2.0, 3.0])
    signs = RowSigns.nothing_known(value)
    predicted = Predictions(signs, np.full(3, "inside", dtype=object), value - 1, value + 1)
    made = ConformalIntervals(ResidualDistribution(np.array([-1.5, -0.5, 0.5, 1.5])))
    aim = Aim.among("gap", Objective(direction=direction), direction * np.array([0.0, 2.0]))
    worth = reached(aim, name, value, predicted, made)
    assert worth.shape == (3,)
    assert (np.diff(worth) > 0).all()
