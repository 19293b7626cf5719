"""An empty set is said in words, with what it owes to."""

from __future__ import annotations

import numpy as np

from matsluice.tasks.report.run_tables import Predictions
from matsluice.tasks.report.set_words import empty_set_sentences


def predictions(inside: np.ndarray, right: np.ndarray) -> Predictions:
    n = len(inside)
    nan = np.full(n, np.nan)
    return Predictions(
        ids=[str(i) for i in range(n)],
        formulas=[],
        y_true=np.zeros(n),
        y_pred=np.where(right, 0.0, 1.0),
        lower=nan,
        upper=nan,
        distance=nan,
        level=nan,
        in_domain=None,
        classes=("gap", "metal"),
        probability=np.tile([0.6, 0.4], (n, 1)),
        inside=inside,
    )


def test_how_many_are_empty_and_why() -> None:
    inside = np.tile([True, False], (100, 1))
    inside[:10] = False
    right = np.arange(100) >= 5
    (said,) = empty_set_sentences(predictions(inside, right), 0.9)
    assert said.startswith("10 % of the sets hold no class and read (no class)")
    assert "right in 50 % of those rows, and in 100 % of the others" in said
    assert "That class is right in 95 % of all rows, more often than is asked for" in said
    (less,) = empty_set_sentences(predictions(inside, np.arange(100) >= 30), 0.9)
    assert "more often than is asked" not in less


def test_nothing_is_said_where_none_is() -> None:
    full = predictions(np.tile([True, False], (10, 1)), np.ones(10, dtype=bool))
    assert empty_set_sentences(full, 0.9) == []
    assert empty_set_sentences(None, 0.9) == []
