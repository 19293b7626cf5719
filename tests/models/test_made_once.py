"""What is made of an object is made once, and goes with it."""

from __future__ import annotations

import gc

import numpy as np
from numpy.typing import NDArray

from matsluice.models.made_once import MadeOnce


def test_once_for_each_object_however_they_take_turns() -> None:
    asked: list[float] = []

    def total(values: NDArray[np.float64]) -> float:
        asked.append(float(values.sum()))
        return asked[-1]

    made = MadeOnce(total)
    one, other, equal = np.ones(3), np.arange(3.0), np.ones(3)
    for _ in range(3):
        assert (made(one), made(other), made(equal)) == (3.0, 3.0, 3.0)
    assert len(asked) == 3


def test_it_goes_with_the_object() -> None:
    made: MadeOnce[NDArray[np.float64], float] = MadeOnce(np.sum)
    values = np.ones(3)
    made(values)
    assert len(made._kept) == 1
    del values
    gc.collect()
    assert not made._kept


def test_another_object_in_the_same_place_has_its_own() -> None:
    made: MadeOnce[NDArray[np.float64], float] = MadeOnce(np.sum)
    # Freed arrays' numbers are soon given to others.
    assert [float(made(np.full(4, float(number)))) for number in range(50)] == [
        4.0 * number for number in range(50)
    ]
