"""What the champion leans on, found on rows it has not seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.infra.mistakes import Failed
from matsluice.models.column_groups import correlated_groups
from matsluice.tasks.train.explain_fold import ExplainCall, explain_fold, explained
from matsluice.tasks.train.fit_fold import fit_fold

Problem = Any  # conftest.py has it


def calls(problem: Problem, kind: str, folder: Path, **parameters: Any) -> list[ExplainCall]:
    folds = problem.contest(kind, **parameters).fold_calls(problem.work, 7)
    explained_folds = [ExplainCall.of(fold, (2, 3)) for fold in folds if fit_fold(fold)]
    return [replace(call, output=str(folder / f"{call.fold}.npz")) for call in explained_folds]


@pytest.mark.parametrize("kind", ["ridge", "xgboost"])
def test_what_values_were_made_of_is_found(problem: Problem, kind: str, tmp_path: Path) -> None:
    """y = 2 + a − b/2: of the columns a to e, in blocks of two and three, nothing else counts."""
    parameters = {"n_estimators": 40} if kind == "xgboost" else {}
    outputs = [explain_fold(call) for call in calls(problem, kind, tmp_path, **parameters)]
    found = explained(outputs, list("abcde"), ["first", "second"])
    assert [one["name"] for one in found["blocks"]] == ["first", "second"]
    assert [one["name"] for one in found["groups"]][:2] == ["a", "b"]
    assert found["groups"][0]["mean"] > 0.2
    assert abs(found["blocks"][1]["mean"]) < 0.2 * found["blocks"][0]["mean"]
    assert [one["column"] for one in found["contributions"]][:2] == ["a", "b"]
    errors = []
    for call in calls(problem, kind, tmp_path, **parameters):
        with np.load(call.fold_output) as file:
            errors.append(np.abs(problem.rows.y[file["row"]] - file["y_pred"]).mean())
    assert found["base"] == pytest.approx(np.mean(errors))


def test_a_model_that_does_not_say_has_no_contributions(problem: Problem, tmp_path: Path) -> None:
    outputs = [explain_fold(call) for call in calls(problem, "knn", tmp_path)]
    assert explained(outputs, list("abcde"), ["first", "second"])["contributions"] == []


def test_another_fit_is_not_explained(problem: Problem, tmp_path: Path) -> None:
    call = calls(problem, "ridge", tmp_path)[0]
    other = replace(call, parameters={"alpha": 50.0})
    with pytest.raises(Failed, match="fitted again, predicts something else"):
        explain_fold(other)


def test_columns_that_say_the_same_are_one_group() -> None:
    chance = np.random.default_rng(1)
    a, b = chance.normal(size=200), chance.normal(size=200)
    X = np.stack([a, b, -np.exp(a), a + 0.1 * b, np.full(200, np.nan), np.ones(200)], axis=1)
    X[::9, 1] = np.nan
    assert [group.tolist() for group in correlated_groups(X)] == [[0, 2, 3], [1]]
    assert correlated_groups(X[:, 4:]) == []
