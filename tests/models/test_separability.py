"""Separability of classes, of rows that nothing was fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.models import SISSOFeatures
from matsluice.models.separability import separability, separability_table


def signs(rows: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """Return three columns, and classes by whether two of them have one sign: no line parts them."""
    X = np.random.default_rng(0).uniform(-1.0, 1.0, (rows, 3))
    return X, np.where(X[:, 0] * X[:, 1] > 0.0, "alike", "unlike")


def test_engineered_features_part_classes_better() -> None:
    X, y = signs()
    step = SISSOFeatures(1, 1, ["*", "+"], n_features=1, n_sis=20, task="classification")
    found = separability({"before": (X, None), "after": (X, step)}, y)
    assert found["before"].probe_accuracy < 0.65
    assert found["after"].probe_accuracy > 0.9
    assert found["after"].fisher_ratio > 1.0 > found["before"].fisher_ratio
    assert found["after"].projection.shape == (150, 2)
    assert [row["set"] for row in separability_table(found)] == ["before", "after"]


def test_labels_by_chance_are_not_flattered() -> None:
    """Features chosen by the labels of rows that are then judged would part even these."""
    X, _ = signs()
    y = np.random.default_rng(1).integers(0, 2, 150)
    step = SISSOFeatures(1, 2, ["+", "*"], n_features=4, n_sis=20, task="classification")
    found = separability({"after": (X, step)}, y)["after"]
    assert 0.35 < found.probe_accuracy < 0.65
    assert found.fisher_ratio < 0.25


def test_fishers_ratio_of_two_normal_classes() -> None:
    chance = np.random.default_rng(2)
    y = np.repeat([0, 1], 2000)
    X = chance.normal(size=(4000, 3))
    X[:, 1] += 3.0 * y
    found = separability({"x": (X, None)}, y)["x"]
    # Means 3 apart: between them (3/2)², within 1.
    assert found.fisher_ratio == pytest.approx(2.25, rel=0.1)
    assert found.probe_accuracy == pytest.approx(0.933, abs=0.01)


def test_constant_features_and_small_classes() -> None:
    y = np.repeat(["a", "b"], 10)
    found = separability({"constant": (np.ones((20, 2)), None)}, y)["constant"]
    assert found.fisher_ratio == 0.0
    assert found.probe_accuracy == 0.5
    with pytest.raises(ValueError, match="5 rows or more each; b has 2"):
        separability({"x": (np.ones((12, 1)), None)}, ["a"] * 10 + ["b"] * 2)
