"""Whether sets of classes hold what is asked, and no more, however probabilities come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.models.class_sets import ClassSets, Surprises, oddness
from matsluice.models.uncertainty.row_signs import RowSigns

LEVELS = (0.5, 0.68, 0.9, 0.95)


def drawn(
    n: int, chance: np.random.Generator, steps: int, certainty: float
) -> tuple[np.ndarray, np.ndarray, RowSigns]:
    """Return classes, probabilities in so many steps (0: any), and signs of rows the model may be very sure of."""
    probability = chance.dirichlet([1 / certainty] * 3, size=n)
    y = (probability.cumsum(axis=1) > chance.uniform(0, 1 - 1e-12, (n, 1))).argmax(axis=1)
    if steps:
        probability = np.round(probability * steps) / steps
    signs = replace(RowSigns.nothing_known(probability.argmax(axis=1)), distance=chance.exponential(size=n))
    return y, probability, signs


@pytest.mark.parametrize(("steps", "certainty"), [(0, 1.0), (0, 20.0), (100, 5.0), (5, 5.0), (1, 5.0)])
def test_coverage_is_what_is_asked_and_hardly_more(steps: int, certainty: float) -> None:
    """Also of a model that is right more often than is asked, and where most probabilities are equal to others."""
    chance = np.random.default_rng(11)
    held: dict[float, list[float]] = {level: [] for level in LEVELS}
    for _ in range(200):
        y, probability, signs = drawn(300, chance, steps, certainty)
        sets = ClassSets.of(y[:200], probability[:200], signs.take(np.arange(200)))
        level = sets.level(y[200:], probability[200:], signs.take(np.arange(200, 300)))
        for asked, shares in held.items():
            shares.append(float(np.mean(level < asked)))
    for asked, shares in held.items():
        error = np.std(shares) / np.sqrt(len(shares))
        assert asked - 3 * error < np.mean(shares) < asked + 1 / 201 + 3 * error


def test_a_model_that_is_right_more_often_than_asked_leaves_sets_empty() -> None:
    y, probability, signs = drawn(2000, np.random.default_rng(1), 0, 20.0)
    right = np.mean(probability.argmax(axis=1) == y)
    inside = ClassSets.of(y, probability, signs).holds(probability, 0.68, signs)
    assert right > 0.85
    assert 0.68 <= inside[np.arange(2000), y].mean() < 0.69
    empty = ~inside.any(axis=1)
    # The empty ones are where it is least sure, and most often wrong.
    assert probability[empty].max() < probability[~empty].max(axis=1).min() + 1e-12
    assert np.mean(probability.argmax(axis=1) == y, where=empty) < right


@settings(max_examples=50)
@given(
    seed=st.integers(0, 10**6),
    steps=st.sampled_from([0, 3, 20]),
    per=st.sampled_from(["none", "class", "domain"]),
)
def test_holding_and_missing_are_one_thing(seed: int, steps: int, per: str) -> None:
    """A class is in the set from its level on; a higher confidence never takes one out."""
    y, probability, signs = drawn(160, np.random.default_rng(seed), steps, 3.0)
    sets = ClassSets.of(y[:120], probability[:120], signs.take(np.arange(120)), per)
    asked, known = probability[120:], signs.take(np.arange(120, 160))
    before = np.zeros(asked.shape, dtype=bool)
    for confidence in (0.1, 0.5, 0.9, 0.99, 0.999):
        inside = sets.holds(asked, confidence, known)
        assert (inside == (sets.levels(asked, known) < confidence)).all()
        assert (inside | ~before).all()
        before = inside
    assert before.all()


@settings(max_examples=100)
@given(seed=st.integers(0, 10**6), known=st.integers(0, 12), asked=st.integers(0, 12))
def test_counting_what_is_less_surprising(seed: int, known: int, asked: int) -> None:
    chance = np.random.default_rng(seed)
    ours, theirs = (chance.integers(0, 3, (2, n)).astype(float) for n in (known, asked))
    counted = Surprises.of(*ours).fewer(*theirs)
    pairs = [tuple(one) for one in ours.T.tolist()]
    assert counted.tolist() == [sum(one < tuple(row) for one in pairs) for row in theirs.T.tolist()]


def test_of_equally_probable_classes_the_nearer_to_training_is_trusted() -> None:
    """Far from training a probable class leaves the set first, and an improbable one stays longest."""
    y, probability = np.repeat([0, 1], [80, 20]), np.tile([0.9, 0.1], (100, 1))
    signs = replace(RowSigns.nothing_known(y), distance=np.tile(np.linspace(0, 1, 20), 5))
    sets = ClassSets.of(y, probability, signs)
    near, far = (replace(signs.take(np.array([0])), distance=np.array([d])) for d in (0.01, 0.99))
    assert [sets.holds(probability[:1], 0.5, at).tolist() for at in (near, far)] == [
        [[True, False]], [[False, False]]
    ]  # fmt: skip
    assert [sets.holds(probability[:1], 0.9, at).tolist() for at in (near, far)] == [
        [[True, False]], [[True, True]]
    ]  # fmt: skip


def test_an_unknown_distance_tells_nothing_apart() -> None:
    probability = np.array([[0.7, 0.3], [0.5, 0.5]])
    assert (oddness(probability, RowSigns.nothing_known(np.zeros(2))) == 0.0).all()
    assert (oddness(probability, None) == 0.0).all()
