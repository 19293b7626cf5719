"""Hits among the first k, against every order that equals may stand in."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsluice.tasks.backtest.found_at_k import at_k, discovery_acceleration, found, standing

ROWS = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=6)


@given(rows=ROWS, k=st.integers(0, 8))
def test_the_mean_over_all_orders_of_equals(rows: list[tuple[int, bool]], k: int) -> None:
    merit, hit = np.array([m for m, _ in rows]), np.array([h for _, h in rows])
    # Every order of the rows, then sorted as a stable sort has it: each order of equals comes equally often.
    counted = [sum(h for _, h in sorted(order, key=lambda row: -row[0])[:k]) for order in permutations(rows)]
    expected = found(standing([merit]), hit)
    assert expected[min(k, len(rows))] == pytest.approx(np.mean(counted))


@given(rows=ROWS, seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, bool]], seed: int) -> None:
    merit, hit = np.array([m for m, _ in rows]), np.array([h for _, h in rows])
    mixed = np.random.default_rng(seed).permutation(len(rows))
    assert found(standing([merit]), hit).tolist() == found(standing([merit[mixed]]), hit[mixed]).tolist()


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([-np.inf, -1.0, 0.0, -0.0, 2.5])), min_size=1, max_size=9
    )
)
def test_standing_sorts_by_key_after_key(rows: list[tuple[bool, float]]) -> None:
    first, second = np.array([a for a, _ in rows]), np.array([b for _, b in rows])
    distinct = sorted(set(rows), reverse=True)
    assert standing([first, second]).tolist() == [distinct.index(row) for row in rows]


def test_no_order_of_equals_flatters() -> None:
    hit = np.arange(100) < 10
    same = found(standing([np.zeros(100)]), hit)
    # A ranking that tells nothing apart finds what chance finds: one hit in ten.
    assert at_k(same, 10).precision == pytest.approx(0.1)
    assert at_k(same, 10).enrichment == pytest.approx(1.0)


def test_whole_numbers_stay_whole() -> None:
    thirds = found(np.repeat(np.arange(9), 3), np.tile([True, False, False], 9))
    assert thirds[::3].tolist() == list(range(10))


@pytest.mark.parametrize("k", [3, 4, 1000])
def test_more_than_there_are(k: int) -> None:
    at = at_k(found(np.array([0, 1, 2]), np.array([False, True, False])), k)
    assert (at.precision, at.recall, at.enrichment) == (1 / 3, 1.0, 1.0)
    assert (at.k, at.rows, at.hits) == (k, 3, 1)


def test_no_hits_are_hidden() -> None:
    at = at_k(found(np.array([0, 1]), np.zeros(2, dtype=bool)), 1)
    assert at.precision == 0.0
    assert math.isnan(at.recall)
    assert math.isnan(at.enrichment)


def test_all_are_hits() -> None:
    at = at_k(found(np.array([0, 0]), np.ones(2, dtype=bool)), 1)
    assert (at.precision, at.recall, at.enrichment) == (1.0, 0.5, 1.0)


def test_nothing_is_taken_or_there() -> None:
    assert math.isnan(at_k(found(np.array([0]), np.array([True])), 0).precision)
    assert math.isnan(at_k(found(np.empty(0, np.int64), np.empty(0, bool)), 5).precision)


def test_discovery_acceleration() -> None:
    hit = np.array([True, True, False, False, False, False, False, False])
    assert discovery_acceleration(hit, hit) == 4.0  # 1 / prevalence is the most there is
    assert discovery_acceleration(np.ones(8, dtype=bool), hit) == 1.0
    assert math.isnan(discovery_acceleration(np.zeros(8, dtype=bool), hit))
    assert math.isnan(discovery_acceleration(hit, np.zeros(8, dtype=bool)))
