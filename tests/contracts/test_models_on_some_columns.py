"""Every model on some columns only: the same as where there are no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matsluice.models.catalogue import MODELS, ModelSpec, make_model
from matsluice.models.chosen_columns import COLUMNS, column_count, seen_columns
from matsluice.models.contributions import contributions
from matsluice.models.importance import feature_importance
from matsluice.models.path_contributions import path_contributions

Problem = Any  # conftest.py has it
by_task = pytest.mark.parametrize(
    ("spec", "task"),
    [pytest.param(spec, task, id=f"{spec.name}-{task}") for spec in MODELS.values() for task in spec.tasks],
)


@by_task
def test_one_that_sees_some_columns_is_the_one_that_has_no_others(
    problem: Problem, spec: ModelSpec, task: str
) -> None:
    X, y = problem.features()
    labels = problem.labels(task, y)
    ranges, seen = ((0, 3), (4, 5)), [0, 1, 2, 4]
    settings = problem.small(spec, task)
    some = make_model(spec.name, {**settings, COLUMNS: ranges}, 5, task).fit(X[:50], labels[:50])
    fewer = np.ascontiguousarray(X[:, seen])  # sums are in the order of memory
    alone = make_model(spec.name, settings, 5, task).fit(fewer[:50], labels[:50])
    assert np.array_equal(problem.said(some, X), problem.said(alone, fewer))
    assert seen_columns(some).tolist() == seen  # type: ignore[union-attr]
    assert column_count(some) == X.shape[1]
    others = [3, 5]
    if (share := feature_importance(some)) is not None:
        of_alone = feature_importance(alone)
        assert of_alone is not None
        assert share.shape == (X.shape[1],)
        assert np.array_equal(share[seen], of_alone)
        assert not share[others].any()
    for told in (contributions, path_contributions):
        place = 0 if task == "classification" else -1
        if (moved := told(some, X, place)) is not None:
            assert moved.shape == X.shape
            of_fewer = told(alone, fewer, place)
            assert of_fewer is not None
            assert np.array_equal(moved[:, seen], of_fewer)
            assert not moved[:, others].any()
