"""Shuffles are judged many at once, and each as if it were alone."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.models import permuted

X = np.random.default_rng(4).normal(size=(30, 5))
GROUPS = [np.array([0]), np.array([1, 3]), np.array([2]), np.array([4])]


def errors(copies: np.ndarray) -> np.ndarray:
    said = 3 * copies[:, :, 0] + copies[:, :, 1] * copies[:, :, 3]
    return np.asarray(np.abs(said - (3 * X[:, 0] + X[:, 1] * X[:, 3])).mean(axis=1))


@pytest.mark.parametrize("most_rows", [1, 29, 100, 10_000])
def test_however_many_at_once(monkeypatch: pytest.MonkeyPatch, most_rows: int) -> None:
    monkeypatch.setattr(permuted, "MOST_ROWS", most_rows)
    found = permuted.permutation_importance(errors, X, GROUPS, 3, seed=7)
    orders = [np.random.default_rng([7, number]).permutation(len(X)) for number in range(3)]
    for columns, grown in zip(GROUPS, found, strict=True):
        alone = []
        for order in orders:
            shuffled = X.copy()
            shuffled[:, columns] = X[order][:, columns]
            alone.append(errors(shuffled[None])[0])
        assert grown == pytest.approx(np.mean(alone))
    assert found[0] > found[1] > 0
    assert found[2:].tolist() == [0.0, 0.0]


def test_no_column_and_no_row() -> None:
    assert permuted.permutation_importance(errors, X, [], 3, seed=7).shape == (0,)
