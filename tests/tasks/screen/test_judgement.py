"""Objectives over two targets: what each contributes, and what a candidate is worth together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.predict.predictions import ClassPredictions, Predictions
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.judgement import TargetSaid, judge
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.wanted import Wanted

ERRORS = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])
GAP = np.array([1.0, 1.5, 2.0])
MASS = np.array([10.0, 30.0, 20.0])


class Teller:
    """A model that only knows its errors."""

    def __init__(self, errors: np.ndarray[Any, Any]) -> None:
        self.intervals = ConformalIntervals(ResidualDistribution(errors))

    def probability_between(self, signs: RowSigns, low: float, high: float) -> np.ndarray[Any, Any]:
        return self.intervals.probability_between(signs, low, high)


def said(values: np.ndarray[Any, Any], errors: np.ndarray[Any, Any], known: list[bool]) -> TargetSaid:
    signs = replace(RowSigns.nothing_known(values), in_domain=np.array(known))
    domain = np.where(known, "inside", "far away").astype(object)
    predicted = Predictions(signs, domain, values - 1, values + 1)
    return TargetSaid(predicted, Teller(errors))  # type: ignore[arg-type]  # what judging asks of a model


@pytest.fixture
def told() -> dict[str, TargetSaid]:
    return {
        "gap": said(GAP, ERRORS, [True, True, True]),
        "mass": said(MASS, 10 * ERRORS, [True, False, True]),
    }


def test_windows_count_by_their_weighted_geometric_mean(told: dict[str, TargetSaid]) -> None:
    aims = (
        Aim("gap", Objective(1.25, 2.05), weight=3.0),
        Aim("mass", Objective(high=20.0), weight=1.0),
    )
    judged = judge(Wanted(aims, {}), told)
    gap, mass = np.array([0.0, 1.0, 0.6]), np.array([1.0, 0.0, 0.6])
    assert judged.probability == pytest.approx(gap * mass)
    assert judged.columns["score"] == pytest.approx((gap**3 * mass) ** 0.25)
    assert judged.met.tolist() == [False, False, True]
    assert judged.in_domain.tolist() == [True, False, True]
    assert judged.domain.tolist() == ["inside", "mass: far away", "inside"]
    assert judged.columns["mass_prediction"].tolist() == MASS.tolist()
    assert judged.columns["gap_probability"] == pytest.approx(gap)


def test_a_direction_counts_without_its_unit(told: dict[str, TargetSaid]) -> None:
    values = np.array([10.0, 20.0, 30.0])
    aims = (
        Aim("gap", Objective(0.0, 9.0)),
        Aim.among("mass", Objective(direction=-1), values),
    )
    judged = judge(Wanted(aims, {}), told)
    in_grams = {**told, "mass": said(1000 * MASS, 1000 * ERRORS, [True, False, True])}
    other = judge(Wanted((aims[0], Aim.among("mass", Objective(direction=-1), 1000 * values)), {}), in_grams)
    assert judged.merit == pytest.approx(other.merit)
    assert np.argsort(-judged.merit).tolist() == [0, 2, 1]
    # As probable as the share of normal values it leaves behind: the middle one leaves half.
    assert judged.columns["score"][2] == pytest.approx(np.sqrt(0.5))
    assert judged.columns["mass_probability"].null_count == 3
    assert judged.probability.tolist() == [1.0, 1.0, 1.0]


def test_improvement_beside_a_window_is_the_constrained_improvement(told: dict[str, TargetSaid]) -> None:
    aims = (
        Aim("gap", Objective(1.25, 2.05)),
        Aim.among("mass", Objective(direction=1), np.array([5.0, 20.0])),
    )
    judged = judge(Wanted(aims, {}, acquisition="expected_improvement"), told)
    improvement = np.array([0.0, 10.0, 0.6]) / 7.5
    assert judged.columns["score"] == pytest.approx(np.sqrt(np.array([0.0, 1.0, 0.6]) * improvement))


@pytest.mark.parametrize(("direction", "scores"), [(1, [1.3, 1.8, 2.3]), (-1, [0.7, 1.2, 1.7])])
def test_one_objective_explored_has_its_score_in_its_unit(
    told: dict[str, TargetSaid], direction: int, scores: list[float]
) -> None:
    kappa = 0.3 / float(np.std(ERRORS))
    aims = (Aim("gap", Objective(direction=direction), kappa=kappa),)
    wanted = Wanted(aims, {}, acquisition="upper_bound")
    judged = judge(wanted, {"gap": told["gap"]})
    assert judged.columns["score"] == pytest.approx(np.array(scores))
    assert np.argmax(judged.merit) == (2 if direction > 0 else 0)


def test_one_target_with_a_window_and_a_direction(told: dict[str, TargetSaid]) -> None:
    aims = (
        Aim("gap", Objective(low=1.2)),
        Aim("gap", Objective(high=1.8)),
        Aim("gap", Objective(direction=1)),
    )
    judged = judge(Wanted(aims, {}), {"gap": told["gap"]})
    assert judged.met.tolist() == [False, True, False]
    # That it lies in what both windows leave, not the product of both.
    assert judged.probability == pytest.approx([0.2, 1.0, 0.2])


def test_little_of_a_class_is_that_of_the_others(told: dict[str, TargetSaid]) -> None:
    given = np.array([[0.1, 0.9], [0.7, 0.3], [0.5, 0.5]])
    signs = RowSigns.nothing_known(given.argmax(axis=1))
    classes = ClassPredictions(
        signs, np.full(3, "inside", dtype=object), ("gap", "metal"), given, given > 0.4
    )
    aims = (
        Aim("gap", Objective(0.0, 9.0)),
        Aim("kind", Objective(high=0.6, wanted_class="metal", place=1)),
    )
    judged = judge(Wanted(aims, {}), {"gap": told["gap"], "kind": TargetSaid(classes, told["gap"].model)})
    assert judged.probability == pytest.approx([0.1, 0.7, 0.5])
    assert judged.met.tolist() == [False, True, True]
    assert judged.columns["kind_prediction"].tolist() == ["metal", "gap", "gap"]
    assert judged.standing.misses[:, 1] == pytest.approx([0.3, 0.0, 0.0])
