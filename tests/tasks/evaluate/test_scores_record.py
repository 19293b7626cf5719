"""Scores as summary.json has them."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from matsluice.tasks.evaluate.metrics import score_folds
from matsluice.tasks.evaluate.record import finite_or_none, scores_record


def test_an_entry_of_the_summary() -> None:
    scores = score_folds(
        np.array([0.0, 2.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0]), np.array([0, 0, 1, 1])
    )
    record = scores_record("ridge", "gap", "random", scores, 1.23456)
    assert {name: record[name] for name in ("model", "target", "split", "fit_seconds")} == {
        "model": "ridge", "target": "gap", "split": "random", "fit_seconds": 1.235,
    }  # fmt: skip
    assert record["metrics"]["mae"] == {"mean": 0.5, "std": math.sqrt(0.5), "folds": [1.0, 0.0]}
    # R² does not exist in a fold whose values are all alike, and JSON has no NaN.
    assert record["metrics"]["r2"] == {
        "mean": None,
        "std": None,
        "folds": [0.0, None],
        "undefined": "in fold 1 all measured values are alike",
    }
    assert json.loads(json.dumps(record, allow_nan=False)) == record


@pytest.mark.parametrize(("value", "told"), [(0.0, 0.0), (-1.5, -1.5), (math.nan, None), (-math.inf, None)])
def test_finite_or_none(value: float, told: float | None) -> None:
    assert finite_or_none(value) == told
