"""Features as they come: undefined here and there, and one column that never varies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest


@dataclass(frozen=True)
class Table:
    """Features (n, columns) and values (n,)."""

    X: np.ndarray
    y: np.ndarray


@pytest.fixture(scope="session")
def table() -> Table:
    """Eighty rows: y = 3 x₀ − x₁ and some noise; x₂ is undefined in a fifth, x₃ is constant."""
    chance = np.random.default_rng(8)
    X = chance.normal(size=(80, 4))
    y = 3 * X[:, 0] - X[:, 1] + chance.normal(scale=0.1, size=80)
    X[::5, 2] = np.nan
    X[:, 3] = 2.5
    return Table(X, y)
