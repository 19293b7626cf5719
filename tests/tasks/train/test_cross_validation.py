"""The folds of a model put together, and whether a split tells the truth."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.tasks.evaluate.intervals import PLAIN
from matsluice.tasks.evaluate.metrics import mean_absolute_error, score_folds
from matsluice.tasks.split.divide import assign_folds
from matsluice.tasks.split.folds import HOLDOUT, load_folds
from matsluice.tasks.train.cross_validation import CrossValidation, gather_folds, prediction_table
from matsluice.tasks.train.fit_fold import fit_fold

Problem = Any  # conftest.py has it


@dataclass(frozen=True)
class Gathered:
    """A model's folds, and what they were put together to."""

    outputs: list[str]
    result: CrossValidation


@pytest.fixture(scope="module")
def gathered(problem: Problem) -> Gathered:
    outputs = [fit_fold(call) for call in problem.contest("ridge").fold_calls(problem.work, 7)]
    return Gathered(outputs, gather_folds(outputs, problem.rows, 0.9))


def test_every_row_outside_the_holdout_is_predicted_once(problem: Problem, gathered: Gathered) -> None:
    fold = load_folds(problem.contest("ridge").fold_file(problem.work)).partition()
    assert (gathered.result.row == np.flatnonzero(fold != HOLDOUT)).all()
    assert (gathered.result.fold == fold[fold != HOLDOUT]).all()
    assert (gathered.result.y_true == problem.rows.y[gathered.result.row]).all()


def test_each_prediction_is_the_one_its_fold_made(gathered: Gathered) -> None:
    for number, output in enumerate(gathered.outputs):
        with np.load(output) as file:
            inside = np.isin(gathered.result.row, file["row"])
            assert (gathered.result.fold[inside] == number).all()
            assert (gathered.result.y_pred[inside] == file["y_pred"]).all()
            assert (gathered.result.in_domain[inside] == file["in_domain"]).all()


def test_scores_and_intervals_are_those_of_the_folds(problem: Problem, gathered: Gathered) -> None:
    result = gathered.result
    assert result.scores == score_folds(result.y_true, result.y_pred, result.fold)
    assert len(result.scores["mae"].folds) == 3
    others, plain = result.fold != 0, gather_folds(gathered.outputs, problem.rows, 0.9, PLAIN)
    expected = ResidualDistribution.of(result.y_true[others], result.y_pred[others]).half_width(0.9)
    assert (plain.upper - plain.y_pred)[~others] == pytest.approx(expected)
    # Of another width each, and held to the same share.
    assert len(set(result.expected_error[~others])) > 10
    inside = (result.lower <= result.y_true) & (result.y_true <= result.upper)
    assert (inside == (result.level < 0.9)).all()
    assert 0.8 < inside.mean() < 1.0
    assert result.importance.sum() == pytest.approx(1.0)
    with_seconds = sum(float(np.load(output)["seconds"]) for output in gathered.outputs)
    assert result.fit_seconds == pytest.approx(with_seconds)


def test_a_model_without_importances(problem: Problem) -> None:
    outputs = [fit_fold(call) for call in problem.contest("dummy").fold_calls(problem.work, 7)]
    assert gather_folds(outputs, problem.rows, 0.9).importance.tolist() == []


def test_the_table_has_the_columns_every_run_leaves(problem: Problem, gathered: Gathered) -> None:
    table = prediction_table(gathered.result, problem.rows, "gap", "ridge", "composition")
    assert set(table.columns) >= {
        "id", "target", "model", "split", "fold", "y_true", "y_pred", "lower", "upper", "in_domain",
    }  # fmt: skip
    assert len(table) == len(gathered.result.row)
    assert table["id"].is_unique
    assert (table["lower"] <= table["y_pred"]).all()
    assert ((table["lower"] + table["upper"]) / 2).to_numpy() == pytest.approx(table["y_pred"].to_numpy())


def test_a_model_that_memorises_is_found_out_by_the_composition_split() -> None:
    """A planted leak: values that features say nothing of, and every material measured four times."""
    from sklearn.neighbors import KNeighborsRegressor

    chance = np.random.default_rng(1)
    material = np.repeat(np.arange(50), 4)
    rows = SimpleNamespace(material=material, formulas=material.astype(str))
    X = chance.normal(size=(50, 3))[material]
    y = chance.normal(size=50)[material]
    kept = np.zeros(200, dtype=bool)
    errors = {}
    for split in ("random", "composition"):
        fold = assign_folds(split, rows, kept, 5, seed=0)
        y_pred = np.empty(200)
        for number in range(5):
            one_nearest = KNeighborsRegressor(1).fit(X[fold != number], y[fold != number])
            y_pred[fold == number] = one_nearest.predict(X[fold == number])
        errors[split] = mean_absolute_error(y, y_pred)
    guessing = mean_absolute_error(y, np.full(200, y.mean()))
    assert errors["random"] < 0.05 * guessing
    assert errors["composition"] > guessing
