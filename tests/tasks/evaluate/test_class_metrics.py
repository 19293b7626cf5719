"""Metrics of classes against values by hand and against scikit-learn's."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.models.class_sets import ClassSets, Surprises
from matsluice.tasks.evaluate.class_metrics import CLASS_METRICS
from matsluice.tasks.evaluate.intervals import cross_conformal_sets
from matsluice.tasks.evaluate.metrics import score_folds


def computed(y: NDArray[np.int64], probability: NDArray[np.float64]) -> dict[str, float]:
    return {name: metric.compute(y, probability) for name, metric in CLASS_METRICS.items()}


def test_by_hand() -> None:
    # Said: 1, 1, 0, 0; true: 1, 0, 0, 0. Of class 1: one right, one wrongly said; of class 0: two of three found.
    y, p = np.array([1, 0, 0, 0]), np.array([0.9, 0.6, 0.3, 0.2])
    found = computed(y, np.stack([1 - p, p], axis=1))
    assert found == pytest.approx(
        {
            "accuracy": 3 / 4,
            "balanced_accuracy": (1 + 2 / 3) / 2,
            "f1_macro": (4 / 5 + 2 / 3) / 2,
            "mcc": (1 * 2 - 1 * 0) / math.sqrt(2 * 1 * 3 * 2),
            "brier": (0.01 + 0.36 + 0.09 + 0.04) / 4,
            "log_loss": -math.log(0.9 * 0.4 * 0.7 * 0.8) / 4,
            "roc_auc": 1.0,
            "pr_auc": 1.0,
        }
    )


@st.composite
def predictions(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    classes = draw(st.integers(2, 4))
    rows = draw(st.integers(classes, 25))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = np.concatenate([np.arange(classes), chance.integers(0, classes, rows - classes)])
    # Tenths, so that there are ties.
    weights = chance.integers(0, 10, (rows, classes)) + 0.1
    return y, weights / weights.sum(axis=1, keepdims=True)


@settings(max_examples=40)
@given(predictions())
def test_as_scikit_learn_has_them(given_: tuple[NDArray[np.int64], NDArray[np.float64]]) -> None:
    from sklearn import metrics

    y, probability = given_
    said, classes = probability.argmax(axis=1), probability.shape[1]
    asked = probability[:, 1] if classes == 2 else probability
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # precision of a class that is never said
        reference = {
            "accuracy": metrics.accuracy_score(y, said),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, said),
            "f1_macro": metrics.f1_score(y, said, average="macro"),
            "mcc": metrics.matthews_corrcoef(y, said),
            "log_loss": metrics.log_loss(y, probability),
            "roc_auc": metrics.roc_auc_score(y, asked, multi_class="ovr"),
            "pr_auc": metrics.average_precision_score(y if classes == 2 else np.eye(classes)[y], asked),
            "brier": metrics.brier_score_loss(y, asked, scale_by_half=True),
        }
    assert computed(y, probability) == pytest.approx(reference, abs=1e-9)


def test_a_fold_without_one_of_the_classes_has_no_value_and_says_why() -> None:
    y, fold = np.array([0, 1, 0, 0]), np.array([0, 0, 1, 1])
    p = np.array([0.2, 0.7, 0.4, 0.1])
    scores = score_folds(y, np.stack([1 - p, p], axis=1), fold, CLASS_METRICS)
    for name in ("roc_auc", "pr_auc", "balanced_accuracy", "f1_macro"):
        assert math.isnan(scores[name].folds[1])
        assert math.isnan(scores[name].mean)
        assert scores[name].undefined == "in fold 1 a class has no row"
    assert scores["mcc"].undefined == "in fold 1 all rows are of one class"
    for name in ("log_loss", "brier", "accuracy"):
        assert np.isfinite(scores[name].folds).all()
        assert scores[name].undefined == ""


def test_saying_one_class_for_all_has_no_correlation() -> None:
    assert CLASS_METRICS["mcc"].compute(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]])) == 0.0


def test_impossible_and_true_is_costly_and_finite() -> None:
    cost = CLASS_METRICS["log_loss"].compute(np.array([1]), np.array([[1.0, 0.0]]))
    assert cost == pytest.approx(36.04, abs=0.01)


def test_sets_hold_the_asked_share_of_unseen_rows() -> None:
    """For exchangeable rows a set of level c holds at least c, and not much more."""
    chance = np.random.default_rng(0)
    reached = []
    for _ in range(300):
        probability = chance.dirichlet([1.0, 0.7, 0.5], size=240)
        y = np.array([chance.choice(3, p=row) for row in probability])
        sets = ClassSets.of(y[:200], probability[:200])
        reached.append(sets.holds(probability[200:], 0.8)[np.arange(40), y[200:]].mean())
    assert 0.79 < np.mean(reached) < 0.83


def test_a_rows_own_surprise_does_not_enter_its_set() -> None:
    y, fold = np.zeros(30, dtype=int), np.arange(30) % 3
    probability = np.tile([0.8, 0.2], (30, 1))
    before, _ = cross_conformal_sets(y, probability, fold, 0.9)
    changed = probability.copy()
    changed[fold == 0] = [0.05, 0.95]
    after, _ = cross_conformal_sets(y, changed, fold, 0.9)
    # The surprising rows widen the sets of the other folds, and not their own.
    assert after[fold != 0].all()
    assert not after[fold == 0].all()
    assert not before.all()


def test_too_few_rows_for_the_level_leave_every_class_in() -> None:
    two = Surprises.of(np.array([0.1, 0.2]))
    assert ClassSets(two).holds(np.array([[0.99, 0.01]]), 0.9).all()
