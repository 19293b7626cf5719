"""A fold learned from fewer rows, and the curve that follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.tasks.train.fit_fold import fit_fold
from matsluice.tasks.train.learning_curve import CurvePoint, curve_point, exponent
from matsluice.tasks.train.plan import Contest

Problem = Any  # conftest.py has it


def test_fewer_rows_are_learned_from_and_the_same_are_predicted(problem: Problem, tmp_path: Path) -> None:
    contest: Contest = problem.contest("ridge")
    whole = contest.fold_calls(problem.work, campaign_seed=7)
    halves = contest.fewer_rows_calls(problem.work, 7, 0.5)
    assert [call.share for call in halves] == [0.5] * contest.folds
    assert not {call.output for call in halves} & {call.output for call in whole}
    for one, other in zip(whole, halves, strict=True):
        output = fit_fold(replace(one, output=str(tmp_path / f"{one.fold}.npz")))
        with np.load(output) as all_rows, np.load(fit_fold(other)) as half:
            assert (all_rows["row"] == half["row"]).all()
            assert 0 < int(half["learned"]) < int(all_rows["learned"])
            assert half["distance"].shape == half["row"].shape
            assert not np.array_equal(half["y_pred"], all_rows["y_pred"])


def test_a_point_is_the_error_of_each_fold(problem: Problem) -> None:
    contest: Contest = problem.contest("ridge")
    outputs = [fit_fold(call) for call in contest.fewer_rows_calls(problem.work, 7, 0.5)]
    point = curve_point(outputs, contest.rows(problem.work), 0.5, "mae")
    for output, error in zip(outputs, point.folds, strict=True):
        with np.load(output) as part:
            assert error == float(np.abs(problem.rows.y[part["row"]] - part["y_pred"]).mean())
    assert point.mean == pytest.approx(np.mean([error for error in point.folds if error is not None]))


def test_an_exponent_needs_three_points() -> None:
    points = [CurvePoint(1.0, 100.0, (1.0,)), CurvePoint(1.0, 200.0, (0.5,))]
    assert exponent(points) is None
    assert exponent([*points, CurvePoint(1.0, 400.0, (None,))]) is None
    assert exponent([*points, CurvePoint(1.0, 400.0, (0.25,))]) == pytest.approx(1.0)
