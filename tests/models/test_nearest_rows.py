"""The nearest rows, found with bounds, are those found by comparing with every row."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.models.nearest_rows import NearestRows


def drawn(n: int, columns: int, seed: int) -> NDArray[np.float32]:
    """Rows of a few directions, some rows equal to others, some very large."""
    chance = np.random.default_rng(seed)
    rows = chance.normal(size=(n, 4)) @ chance.normal(size=(4, columns)) + 0.1 * chance.normal(
        size=(n, columns)
    )
    rows[::7] = rows[0]
    rows[::11] *= 1e3
    return rows.astype(np.float32)


def by_comparing(X: NDArray[np.float32], rows: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    squares = ((X[:, None].astype(np.float64) - rows[None].astype(np.float64)) ** 2).sum(axis=2)
    return np.argsort(squares, axis=1, kind="stable")[:, :most]


@pytest.mark.parametrize("columns", [1, 3, 16, 40, 197])
@pytest.mark.parametrize("known", [1, 12, 300])
def test_they_are_the_nearest(columns: int, known: int) -> None:
    rows, X = drawn(known, columns, 1), drawn(200, columns, 2)
    most = min(10, known)
    places, distances = NearestRows.of(rows).nearest(X, most)
    exact = np.sqrt(((X[:, None].astype(np.float64) - rows[places].astype(np.float64)) ** 2).sum(axis=2))
    assert distances == pytest.approx(exact, rel=1e-12)
    best = by_comparing(X, rows, most)
    # Sums in another order may exchange rows whose distances are equal but for round-off.
    there = np.sqrt(((X[:, None].astype(np.float64) - rows[best].astype(np.float64)) ** 2).sum(axis=2))
    assert distances == pytest.approx(there, rel=1e-12)
    assert (np.diff(distances, axis=1) >= 0).all()
    equal = np.diff(distances, axis=1) == 0
    assert (np.diff(places, axis=1)[equal] > 0).all()


def test_they_do_not_depend_on_what_is_asked_together() -> None:
    rows, X = drawn(500, 50, 3), drawn(300, 50, 4)
    known = NearestRows.of(rows)
    places, distances = known.nearest(X, 10)
    order = np.random.default_rng(0).permutation(len(X))
    shuffled = known.nearest(X[order], 10)
    assert (shuffled[0] == places[order]).all()
    assert shuffled[1].tobytes() == distances[order].tobytes()
    for row in range(0, 300, 37):
        alone = known.nearest(X[row : row + 1], 10)
        assert (alone[0][0] == places[row]).all()
        assert alone[1][0].tobytes() == distances[row].tobytes()


@pytest.mark.parametrize("quantile", [0.0, 0.3, 0.9])
def test_what_is_within_is_what_has_its_nearest_there(quantile: float) -> None:
    rows, X = drawn(400, 60, 5), drawn(700, 60, 6)
    known = NearestRows.of(rows)
    distance = known.nearest(X, 1)[1][:, 0]
    radius = float(np.quantile(distance, quantile, method="nearest"))
    within = known.within(X, radius)
    assert (within == (distance <= radius)).all()
    assert within.any()
    assert within.all() == (quantile == 1.0)


@pytest.mark.parametrize("radius", [1e25, 1e200])
def test_within_a_radius_whose_square_is_beyond_float32_is_everything(radius: float) -> None:
    rows, X = drawn(30, 5, 8), drawn(40, 5, 9)
    assert NearestRows.of(rows).within(X, radius).all()


def test_rows_beyond_float32_have_a_nearest_all_the_same() -> None:
    rows = drawn(30, 5, 7)
    X = np.full((2, 5), 3e38, dtype=np.float32) * np.array([[1], [np.inf]], dtype=np.float32)
    places, distances = NearestRows.of(rows).nearest(X, 3)
    assert ((places >= 0) & (places < 30)).all()
    assert not np.isnan(distances).any()
    assert not NearestRows.of(rows).within(X, 1e9).any()
