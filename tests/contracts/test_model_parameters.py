"""What the parameters and the search space of every model promise, and how many rows a steep one takes."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from matsluice.models.catalogue import MODELS, ModelSpec, make_model, recorded_parameters
from matsluice.models.search_space import Choices

Problem = Any  # conftest.py has it
EACH = [pytest.param(spec, task, id=f"{spec.name}-{task}") for spec in MODELS.values() for task in spec.tasks]
by_task = pytest.mark.parametrize(("spec", "task"), EACH)


@by_task
def test_one_thread(problem: Problem, spec: ModelSpec, task: str) -> None:
    """A pool inside a worker would fight the other workers, and change the order of sums."""
    jobs = {
        name: value
        for name, value in problem.made(spec, task).get_params().items()
        if name.endswith("n_jobs")
    }
    assert set(jobs.values()) <= {1, None}
    assert all(value == 1 for name, value in jobs.items() if spec.name != "logistic" and "estimator" in name)


@by_task
@pytest.mark.parametrize("wrong", ["n_estimatorz", "alfa"])
def test_an_unknown_parameter_is_refused_naming_those_there_are(
    spec: ModelSpec, task: str, wrong: str
) -> None:
    first = next(iter(spec.parameters_for(task)))
    with pytest.raises(
        ValueError, match=f'{spec.name} has no parameter "{wrong}" for {task}; it has {first}'
    ):
        make_model(spec.name, {wrong: 1}, 0, task)


# Parameters that are no scikit-learn estimator's, or become part of a kernel.
OURS = {"fill", "kernel", "nu", "length_scale", "calibration_folds", "predicts", "loss", "formula"}


@by_task
def test_every_parameter_reaches_the_pipeline_and_the_record(spec: ModelSpec, task: str) -> None:
    recorded = recorded_parameters(make_model(spec.name, {}, 5, task))
    for name, value in spec.parameters_for(task).items():
        if name not in OURS:
            text = value if isinstance(value, str) else json.dumps(value)
            assert recorded[f"model.{name}"] == text
    assert recorded["model"]
    if "fill" in spec.parameters:
        expected = {"none": "none", "median": "SimpleImputer"}[spec.parameters["fill"]]
        assert recorded["fill"] == expected
    # What has no line in the catalogue is recorded too: the seed, and scikit-learn's own defaults.
    assert recorded.get("model.random_state", "5") in {"5", "null"}


@by_task
def test_a_parameter_that_is_set_reaches_the_model(spec: ModelSpec, task: str) -> None:
    other: dict[str, Any] = {"alpha": 3.5, "C": 2.5, "n_neighbors": 3, "max_depth": 4, "max_rows": 9}
    other |= {"n_estimators": 7, "inner_folds": 4, "epochs": 9, "steps": 9, "dimension": 1}
    other["strategy"] = "median" if task == "regression" else "uniform"
    settable = [name for name in other if name in spec.parameters_for(task)]
    for name in settable:
        recorded = recorded_parameters(make_model(spec.name, {name: other[name]}, 0, task))
        assert recorded[f"model.{name}"] in {str(other[name]), json.dumps(other[name])}
    assert settable or spec.name == "linear"


@by_task
def test_records_are_texts_that_mlflow_takes(spec: ModelSpec, task: str) -> None:
    for name, text in recorded_parameters(make_model(spec.name, {}, 5, task)).items():
        assert isinstance(text, str)
        assert len(text) < 6000
        assert re.fullmatch(r"[\w./ -]+", name)
        assert " object at 0x" not in text


@by_task
def test_search_space(problem: Problem, spec: ModelSpec, task: str) -> None:
    """Every parameter of it exists; its ends are in it and can be learned with; a default that is a number is in it."""
    X, y = problem.features(40)
    space, defaults = spec.space_for(task), spec.parameters_for(task)
    assert set(spec.space) <= {name for each in spec.tasks for name in spec.parameters_for(each)}
    for name, values in space.items():
        ends = [values.at(0.0), values.at(1.0)]
        assert all(values.holds(end) for end in [*ends, values.at(0.37)])
        assert str(values)
        default = defaults[name]
        if default is not None and not (isinstance(default, str) and not isinstance(values, Choices)):
            assert values.holds(default) or default == 0.0  # "no penalty" has no logarithm
    for share in (0.0, 1.0):
        corner = {name: values.at(share) for name, values in space.items() if name != "n_estimators"}
        model = make_model(spec.name, {**problem.small(spec, task), **corner}, 5, task)
        assert np.isfinite(problem.said(model.fit(X, problem.labels(task, y[:40])), X)).all()


@pytest.mark.parametrize(("spec", "task"), [each for each in EACH if "max_rows" in each.values[0].parameters])  # type: ignore[union-attr]
def test_a_model_of_steep_cost_refuses_too_many_rows_or_draws_from_them(
    problem: Problem, spec: ModelSpec, task: str
) -> None:
    X, y = problem.features()
    given = problem.labels(task, y)
    with pytest.raises(ValueError, match=r"from 70 rows, and its parameter max_rows = 40 allows no more"):
        make_model(spec.name, {"max_rows": 40}, 0, task).fit(X, given)
    drawn = make_model(spec.name, {"max_rows": 40, "subsample": True}, 0, task).fit(X, given)
    assert drawn[-1].rows_used_ == 40
    whole = make_model(spec.name, {"max_rows": 70}, 0, task).fit(X, given)
    assert whole[-1].rows_used_ == 70
    assert problem.said(drawn, X).tobytes() != problem.said(whole, X).tobytes()
