"""Who counts as a hit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from matsluice.tasks.backtest.hits import hit_window, is_hit
from matsluice.tasks.screen.objective import Objective

VALUES = np.array([5.0, 1.0, 4.0, 4.0, 2.0])


def test_a_window_is_what_it_is() -> None:
    window = hit_window(Objective(1.5, 4.5), VALUES, 0.1)
    assert window == Objective(1.5, 4.5)
    assert is_hit(window, VALUES).tolist() == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("direction", "share", "hits"),
    [(1, 0.2, [5.0]), (1, 0.4, [5.0, 4.0, 4.0]), (-1, 0.2, [1.0]), (-1, 0.4, [1.0, 2.0]), (1, 0.001, [5.0])],
)
def test_of_a_direction_the_top_share(direction: int, share: float, hits: list[float]) -> None:
    window = hit_window(Objective(direction=direction), VALUES, share)
    assert VALUES[is_hit(window, VALUES)].tolist() == hits
    assert window.direction == 0


@pytest.mark.parametrize(
    ("objective", "wanted"),
    [
        (Objective(low=0.9, wanted_class="b", place=1), [False, True, False]),
        (Objective(direction=1, wanted_class="b", place=1), [False, True, False]),
        (Objective(high=0.1, wanted_class="b", place=1), [True, False, True]),
        (Objective(direction=-1, wanted_class="b", place=1), [True, False, True]),
    ],
)
def test_of_classes_the_class_decides(objective: Objective, wanted: list[bool]) -> None:
    classes = np.array([0, 1, 2])
    window = hit_window(objective, classes, 0.1)
    assert is_hit(window, classes).tolist() == wanted
    # And listed is what is said to be so with the probability asked for, or more probably than not.
    assert math.isfinite(window.low) != math.isfinite(window.high)
