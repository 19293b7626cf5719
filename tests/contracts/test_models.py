"""What every model promises; a new one is held to it by its line in the catalogue."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from matsluice.models.catalogue import MODELS, TASKS, ModelSpec, make_model, recorded_parameters

EACH = [pytest.param(spec, task, id=f"{spec.name}-{task}") for spec in MODELS.values() for task in spec.tasks]
# What nothing random is in, or a convex problem, whichever the seed.
MORE_THAN_ONE = {"knn", "stacking", "hurdle", "mlp", "kan", "sisso"}
CERTAIN = {"sisso", "dummy", "linear", "ridge", "lasso", "elastic_net", "logistic", "knn", "gaussian_process"}
FIT_ELSEWHERE = """
import sys
import numpy as np
from matsluice.models.catalogue import MODELS, make_model
given = np.load(sys.argv[1])
small = eval(sys.argv[3])
said = {}
for spec in MODELS.values():
    for task in spec.tasks:
        some = {name: value for name, value in small.items() if name in spec.parameters_for(task)}
        model = make_model(spec.name, some, 5, task).fit(given["X"], given[task])
        said[spec.name + task] = (model.predict if task == "regression" else model.predict_proba)(given["X"])
np.savez(sys.argv[2], **said)
"""

Problem = Any  # conftest.py has it
by_spec = pytest.mark.parametrize("spec", MODELS.values(), ids=lambda spec: spec.name)
by_task = pytest.mark.parametrize(("spec", "task"), EACH)


@by_spec
def test_specification(spec: ModelSpec) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", spec.name)
    assert MODELS[spec.name] is spec
    assert spec.tasks
    assert set(spec.tasks) <= set(TASKS)
    assert set(spec.by_task) <= set(spec.tasks)
    assert 0 < len(spec.summary) <= 76
    assert spec.cost
    assert "doi:10." in spec.source or spec.source.startswith("scikit-learn")
    assert pickle.loads(pickle.dumps(spec)) == spec
    json.dumps(spec.known_parameters, allow_nan=False)


@by_task
def test_it_is_a_pipeline_that_ends_in_the_model(problem: Problem, spec: ModelSpec, task: str) -> None:
    pipeline = problem.made(spec, task)
    assert isinstance(pipeline, Pipeline)
    assert pipeline.steps[-1][0] == "model"
    assert hasattr(pipeline[-1], "predict")
    assert hasattr(pipeline[-1], "predict_proba") == (task == "classification")


@by_spec
def test_a_task_it_does_not_learn_is_refused_naming_those_that_do(spec: ModelSpec) -> None:
    for task in set(TASKS) - set(spec.tasks):
        with pytest.raises(ValueError, match=f"{spec.name} does not learn {task}; those that do: dummy, "):
            make_model(spec.name, {}, 0, task)


@by_task
def test_it_learns_from_undefined_features_and_predicts_finite_values(
    problem: Problem, spec: ModelSpec, task: str
) -> None:
    X, _ = problem.features()
    predicted = problem.said(problem.fitted(spec.name, task), X[50:])
    assert len(predicted) == 20
    assert np.isfinite(predicted).all()
    if task == "classification":
        assert predicted.shape == (20, 3)
        assert predicted.min() >= 0.0
        assert predicted.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-6)


@by_task
def test_it_beats_guessing_or_is_it(problem: Problem, spec: ModelSpec, task: str) -> None:
    """On 250 rows after 150, so that the share of wrong ones is known to 0.03: a tenth below guessing is no chance."""
    X, y = problem.features(400)
    model = problem.made(spec, task).fit(X[:150], problem.labels(task, y[:150]))
    predicted = model.predict(X[150:])
    if task == "regression":
        error, guess = (np.abs(one - y[150:]).mean() for one in (predicted, y[:150].mean()))
    else:
        truth = problem.labels(task, y[150:])
        names, counts = np.unique(problem.labels(task, y[:150]), return_counts=True)
        error, guess = (float(np.mean(one != truth)) for one in (predicted, names[np.argmax(counts)]))
    assert error == pytest.approx(guess) if spec.name == "dummy" else error < 0.85 * guess


@by_task
def test_a_predicted_class_is_the_most_probable_one(problem: Problem, spec: ModelSpec, task: str) -> None:
    if task == "regression":
        return
    X, _ = problem.features()
    model = problem.fitted(spec.name, task)
    assert model.classes_.tolist() == problem.classes.tolist()
    assert (model.predict(X) == problem.classes[np.argmax(model.predict_proba(X), axis=1)]).all()


@by_task
def test_labels_of_any_kind_give_the_same_probabilities(problem: Problem, spec: ModelSpec, task: str) -> None:
    if task == "regression":
        return
    X, y = problem.features()
    places = np.searchsorted(problem.classes, problem.labels(task, y[:50]))
    # A class that no row has leaves a gap in the numbers.
    again = problem.made(spec, task).fit(X[:50], np.array([3, 7, 11])[places])
    assert again.classes_.tolist() == [3, 7, 11]
    assert problem.said(again, X).tobytes() == problem.said(problem.fitted(spec.name, task), X).tobytes()


@by_task
def test_undefined_columns(problem: Problem, spec: ModelSpec, task: str) -> None:
    """One that is undefined in every training row, and one that is only when it comes to predicting."""
    X, y = problem.features()
    X[:, 5] = np.nan
    model = problem.made(spec, task).fit(X[:50], problem.labels(task, y[:50]))
    X[:, 0] = np.nan
    assert np.isfinite(problem.said(model, X[50:])).all()


@by_task
def test_only_constant_features_leave_the_mean_or_the_shares(
    problem: Problem, spec: ModelSpec, task: str
) -> None:
    X, y = np.full((30, 3), 2.0), np.linspace(0.0, 1.0, 30)
    if task == "regression":
        predicted = problem.made(spec, task).fit(X, y).predict(X)
        assert np.ptp(predicted) == pytest.approx(0.0, abs=1e-6)
        # Neighbours at equal distance are any five rows.
        assert predicted[0] == pytest.approx(
            0.5, abs=0.5 if "knn" in str(problem.small(spec, task)) + spec.name else 0.15
        )
        return
    predicted = problem.said(problem.made(spec, task).fit(X, np.where(y < 0.75, "gap", "metal")), X)
    assert np.ptp(predicted[:, 0]) == pytest.approx(0.0, abs=1e-6)
    if "knn" not in str(problem.small(spec, task)) + spec.name:
        assert predicted[0, 0] == pytest.approx(0.75, abs=0.15)


@by_task
def test_infinite_features_are_refused(problem: Problem, spec: ModelSpec, task: str) -> None:
    X, y = problem.features()
    X[3, 1] = np.inf
    if spec.name == "dummy":
        assert np.isfinite(problem.said(problem.made(spec, task).fit(X, problem.labels(task, y)), X)).all()
        return
    with pytest.raises(ValueError, match="inf"):
        problem.made(spec, task).fit(X, problem.labels(task, y))


@by_task
def test_one_row(problem: Problem, spec: ModelSpec, task: str) -> None:
    """It is that row's value, or a sentence says how many rows there must be."""
    X, y = problem.features()
    expected = problem.labels(task, y[:1])[0]
    if spec.name in MORE_THAN_ONE and (task == "regression" or spec.name == "knn"):
        with pytest.raises(ValueError, match=r"at least \d rows"):
            problem.made(spec, task).fit(X[:1], [expected])
    else:
        predicted = problem.made(spec, task).fit(X[:1], problem.labels(task, y[:1])).predict(X[:4])
        assert all(
            one == expected if task == "classification" else one == pytest.approx(expected)
            for one in predicted
        )


@by_task
def test_one_class_is_predicted_for_certain(problem: Problem, spec: ModelSpec, task: str) -> None:
    if task == "regression":
        return
    X, _ = problem.features(10)
    model = problem.made(spec, task).fit(X, np.full(10, "metal"))
    assert model.classes_.tolist() == ["metal"]
    assert model.predict_proba(X).tolist() == [[1.0]] * 10
    assert set(model.predict(X)) == {"metal"}


@by_task
def test_more_features_than_rows(problem: Problem, spec: ModelSpec, task: str) -> None:
    chance = np.random.default_rng(2)
    X = chance.normal(size=(24, 60))
    model = problem.made(spec, task).fit(X, problem.labels(task, 2.5 + 2 * X[:, 0]))
    assert np.isfinite(problem.said(model, X)).all()


@by_task
def test_huge_scales(problem: Problem, spec: ModelSpec, task: str) -> None:
    """A feature of 1e12 beside one of 1e-12, and of numbers a target of 1e12."""
    X, y = problem.features()
    X[:, 0] *= 1e12
    X[:, 1] *= 1e-12
    size = 1e12 if task == "regression" else 1.0
    model = problem.made(spec, task).fit(
        X[:50], size * problem.labels(task, y[:50]) if size > 1 else problem.labels(task, y[:50])
    )
    predicted = problem.said(model, X[50:])
    assert np.isfinite(predicted).all()
    if task == "regression" and spec.name != "dummy":
        guess = np.abs(y[:50].mean() - y[50:]).mean()
        assert np.abs(predicted / size - y[50:]).mean() < guess


@by_task
def test_integer_targets(problem: Problem, spec: ModelSpec, task: str) -> None:
    if task == "classification":
        return
    X, y = problem.features()
    whole = np.round(10 * y)
    as_int, as_float = (problem.made(spec, task).fit(X, some) for some in (whole.astype(np.int64), whole))
    assert problem.said(as_int, X) == pytest.approx(problem.said(as_float, X), rel=1e-9)


@by_task
def test_it_is_fitted_with_what_it_is_given_and_not_changed_by_it(
    problem: Problem, spec: ModelSpec, task: str
) -> None:
    X, y = problem.features()
    given = problem.labels(task, y)
    before = (X.tobytes(), given.tobytes())
    X.setflags(write=False)  # as a matrix mapped from disk is
    given.setflags(write=False)
    problem.made(spec, task).fit(X[:50], given[:50]).predict(X)
    assert (X.tobytes(), given.tobytes()) == before


@by_task
def test_the_same_seed_gives_the_same_bits(problem: Problem, spec: ModelSpec, task: str) -> None:
    X, y = problem.features()
    first = problem.said(problem.fitted(spec.name, task), X)
    np.random.seed(1)  # noqa: NPY002 - the global state that nothing may depend on
    again = problem.made(spec, task).fit(X[:50], problem.labels(task, y[:50]))
    assert problem.said(again, X).tobytes() == first.tobytes()
    if spec.name in CERTAIN:
        other = problem.made(spec, task, seed=6).fit(X[:50], problem.labels(task, y[:50]))
        assert problem.said(other, X).tobytes() == first.tobytes()


@pytest.fixture(scope="module")
def elsewhere(problem: Problem, tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.float64]]:
    """What another process says, which learns from the same rows."""
    folder: Path = tmp_path_factory.mktemp("elsewhere")
    X, y = problem.features()
    given = {task: problem.labels(task, y[:50]) for task in TASKS}
    np.savez(folder / "in.npz", X=X[:50], **given)
    files = [str(folder / name) for name in ("in.npz", "out.npz")]
    command = [sys.executable, "-c", FIT_ELSEWHERE, *files, repr(problem.smaller)]
    subprocess.run(command, check=True)
    return dict(np.load(folder / "out.npz"))


@by_task
def test_another_process_gives_the_same_bits(
    problem: Problem, spec: ModelSpec, task: str, elsewhere: dict[str, NDArray[np.float64]]
) -> None:
    X, _ = problem.features()
    there, here = elsewhere[spec.name + task], problem.said(problem.fitted(spec.name, task), X[:50])
    assert np.asarray(there, dtype=np.float64).tobytes() == here.tobytes()


@by_task
def test_whatever_is_random_in_it_follows_the_seed(problem: Problem, spec: ModelSpec, task: str) -> None:
    if spec.name in CERTAIN or (spec.name, task) == ("svm", "regression"):
        return
    X, y = problem.features()
    first = problem.said(problem.fitted(spec.name, task), X).tobytes()
    other = problem.made(spec, task, seed=6).fit(X[:50], problem.labels(task, y[:50]))
    assert problem.said(other, X).tobytes() != first


@by_task
def test_a_pickled_copy_predicts_the_same_bits(problem: Problem, spec: ModelSpec, task: str) -> None:
    X, _ = problem.features()
    model = problem.fitted(spec.name, task)
    assert problem.said(pickle.loads(pickle.dumps(model)), X).tobytes() == problem.said(model, X).tobytes()


@by_task
def test_a_clone_is_the_same_model_unfitted(problem: Problem, spec: ModelSpec, task: str) -> None:
    copy = clone(problem.fitted(spec.name, task))
    assert recorded_parameters(copy) == recorded_parameters(problem.made(spec, task))
    assert not hasattr(copy[-1], "n_features_in_")
