"""Which columns are the target in other words, and which are only good features."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.tasks.audit.target_copy import copies_of_class, copies_of_number

CHANCE = np.random.default_rng(4)
Y = np.round(CHANCE.gamma(1.0, 2.0, size=400), 3)


@pytest.mark.parametrize(
    ("column", "word"),
    [
        (Y, "equals"),
        (1000 * Y - 7, "multiple"),
        (-Y / 3, "multiple"),
        (np.where(np.arange(400) % 4 == 0, np.nan, Y), "equals"),
        (np.log1p(Y), "rises or falls"),
        (-(Y**3), "rises or falls"),
    ],
)
def test_copies_of_numbers(column: np.ndarray, word: str) -> None:
    assert word in copies_of_number(column[:, None], Y)[0]


@pytest.mark.parametrize(
    "column",
    [
        Y + CHANCE.normal(scale=1e-3, size=400),  # r = 0.9999998
        np.ones(400),
        np.full(400, np.nan),
        np.where(np.arange(400) < 8, Y, np.nan),  # too few to tell
        np.where(Y > 2, 1.0, 0.0),
        np.round(Y),  # several values of y for one of x
    ],
)
def test_good_features_are_no_copies(column: np.ndarray) -> None:
    assert copies_of_number(column[:, None], Y) == {}


def test_a_target_with_many_equal_values_may_still_be_copied() -> None:
    """Half of the band gaps are 0."""
    y = np.where(np.arange(400) % 2 == 0, 0.0, Y)
    assert "rises or falls" in copies_of_number(np.sqrt(y)[:, None], y)[0]
    noisy = np.where(y == 0, CHANCE.normal(size=400), np.sqrt(y))
    assert copies_of_number(noisy[:, None], y) == {}


def test_copies_of_classes() -> None:
    y = CHANCE.integers(0, 3, size=300)
    copy = np.array([7.0, -1.0, 3.0])[y]
    code = copy + 10 * CHANCE.integers(0, 4, size=300)  # twelve values, each of one class
    threshold = y + CHANCE.uniform(0, 0.9, size=300)
    good = y + CHANCE.normal(scale=0.3, size=300)
    few = np.where(np.arange(300) < 9, copy, np.nan)
    X = np.stack([copy, code, threshold, good, few, np.ones(300)], axis=1)
    assert sorted(copies_of_class(X, y)) == [0, 1, 2]
    assert "thresholds" in copies_of_class(X, y)[2]
