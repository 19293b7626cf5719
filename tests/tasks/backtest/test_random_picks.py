"""What chance finds, against every draw there is."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import numpy as np
import pytest

from matsluice.tasks.backtest.random_picks import chance_of_hits, expected_picks, random_interval


@pytest.mark.parametrize(("rows", "hits", "k"), [(6, 2, 3), (5, 0, 2), (5, 5, 2), (4, 2, 9), (3, 1, 0)])
def test_every_draw(rows: int, hits: int, k: int) -> None:
    counts = [sum(row < hits for row in taken) for taken in combinations(range(rows), min(k, rows))]
    share = np.bincount(counts, minlength=min(k, rows) + 1) / len(counts)
    assert chance_of_hits(rows, hits, k) == pytest.approx(share)


@pytest.mark.parametrize(("rows", "hits", "wanted"), [(5, 2, 1), (5, 2, 2), (6, 3, 2), (3, 3, 3)])
def test_picks_until_enough_are_found(rows: int, hits: int, wanted: int) -> None:
    needed = []
    for order in permutations(range(rows)):
        found = np.cumsum([row < hits for row in order])
        needed.append(int(np.argmax(found >= wanted)) + 1)
    assert expected_picks(rows, hits, wanted) == pytest.approx(np.mean(needed))


def test_more_hits_than_there_are() -> None:
    assert expected_picks(5, 2, 3) == math.inf


def test_an_interval_holds_what_it_says() -> None:
    chance = chance_of_hits(200, 40, 50)
    low, high = random_interval([np.arange(51.0)], [chance], 0.95)
    assert chance[int(low) : int(high) + 1].sum() >= 0.95
    assert chance[: int(low)].sum() <= 0.025
    assert chance[int(high) + 1 :].sum() <= 0.025


def test_sets_of_different_size_count_alike() -> None:
    sure, never = np.array([1.0]), np.array([1.0])
    assert random_interval([np.array([1.0]), np.array([0.0])], [sure, never], 0.9) == (0.0, 1.0)
