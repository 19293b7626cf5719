"""What every model promises; a new one is held to it by its line in the catalogue."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from matsluice.models.catalogue import MODELS, TASKS, ModelSpec, make_model, recorded_parameters
from matsluice.models.search_space import Choices

# Small enough to be quick; every other setting is the default.
SMALLER: dict[str, Any] = {
    "n_estimators": 20, "members": ("knn", "decision_tree"), "inner_folds": 3,
    "hidden": (4,), "optimizer": "lbfgs", "epochs": 100, "steps": 40, "rung": 1, "dimension": 1,
}  # fmt: skip
CLASSES = np.array(["gap", "metal", "semimetal"])
EACH = [pytest.param(spec, task, id=f"{spec.name}-{task}") for spec in MODELS.values() for task in spec.tasks]
# What nothing random is in, or a convex problem, whichever the seed.
MORE_THAN_ONE = {"knn", "stacking", "mlp", "kan", "sisso"}
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

by_spec = pytest.mark.parametrize("spec", MODELS.values(), ids=lambda spec: spec.name)
by_task = pytest.mark.parametrize(("spec", "task"), EACH)


def small(spec: ModelSpec, task: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in SMALLER.items() if name in spec.parameters_for(task)} | more


def made(spec: ModelSpec, task: str, seed: int = 5) -> Pipeline:
    return make_model(spec.name, small(spec, task), seed, task)


def features(rows: int = 70) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return features that are undefined here and there, of which one never varies, and values."""
    chance = np.random.default_rng(4)
    X = chance.normal(size=(rows, 6))
    y = 2.0 + X[:, 0] + 0.5 * X[:, 1] ** 2 + chance.normal(scale=0.1, size=rows)
    X[::4, 2] = np.nan
    X[:, 3] = 1.25
    return X, y


def labels(task: str, y: NDArray[np.float64]) -> NDArray[Any]:
    """Return the values, or three classes by their size."""
    return y if task == "regression" else CLASSES[np.digitize(y, [2.2, 3.2])]


def said(model: Pipeline, X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values (n,), or probabilities (n, classes)."""
    of_classes = hasattr(model, "predict_proba")
    return np.asarray((model.predict_proba if of_classes else model.predict)(X), dtype=np.float64)


@cache
def fitted(name: str, task: str) -> Pipeline:
    """Return a model that has learned from the first 50 rows; tests leave it as it is."""
    X, y = features()
    return made(MODELS[name], task).fit(X[:50], labels(task, y[:50]))


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
def test_it_is_a_pipeline_that_ends_in_the_model(spec: ModelSpec, task: str) -> None:
    pipeline = made(spec, task)
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
def test_it_learns_from_undefined_features_and_predicts_finite_values(spec: ModelSpec, task: str) -> None:
    X, _ = features()
    predicted = said(fitted(spec.name, task), X[50:])
    assert len(predicted) == 20
    assert np.isfinite(predicted).all()
    if task == "classification":
        assert predicted.shape == (20, 3)
        assert predicted.min() >= 0.0
        assert predicted.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-6)


@by_task
def test_it_beats_guessing_or_is_it(spec: ModelSpec, task: str) -> None:
    X, y = features()
    model, truth = fitted(spec.name, task), labels(task, y[50:])
    if task == "regression":
        error, guess = (np.abs(one - y[50:]).mean() for one in (model.predict(X[50:]), y[:50].mean()))
    else:
        _, counts = np.unique(labels(task, y[:50]), return_counts=True)
        most = CLASSES[np.argmax(counts)]
        error, guess = (float(np.mean(one != truth)) for one in (model.predict(X[50:]), most))
    assert error == pytest.approx(guess) if spec.name == "dummy" else error < 0.9 * guess


@by_task
def test_a_predicted_class_is_the_most_probable_one(spec: ModelSpec, task: str) -> None:
    if task == "regression":
        return
    X, _ = features()
    model = fitted(spec.name, task)
    assert model.classes_.tolist() == CLASSES.tolist()
    assert (model.predict(X) == CLASSES[np.argmax(model.predict_proba(X), axis=1)]).all()


@by_task
def test_labels_of_any_kind_give_the_same_probabilities(spec: ModelSpec, task: str) -> None:
    if task == "regression":
        return
    X, y = features()
    places = np.searchsorted(CLASSES, labels(task, y[:50]))
    # A class that no row has leaves a gap in the numbers.
    again = made(spec, task).fit(X[:50], np.array([3, 7, 11])[places])
    assert again.classes_.tolist() == [3, 7, 11]
    assert said(again, X).tobytes() == said(fitted(spec.name, task), X).tobytes()


@by_task
def test_undefined_columns(spec: ModelSpec, task: str) -> None:
    """One that is undefined in every training row, and one that is only when it comes to predicting."""
    X, y = features()
    X[:, 5] = np.nan
    model = made(spec, task).fit(X[:50], labels(task, y[:50]))
    X[:, 0] = np.nan
    assert np.isfinite(said(model, X[50:])).all()


@by_task
def test_only_constant_features_leave_the_mean_or_the_shares(spec: ModelSpec, task: str) -> None:
    X, y = np.full((30, 3), 2.0), np.linspace(0.0, 1.0, 30)
    if task == "regression":
        predicted = made(spec, task).fit(X, y).predict(X)
        assert np.ptp(predicted) == pytest.approx(0.0, abs=1e-6)
        # Neighbours at equal distance are any five rows.
        assert predicted[0] == pytest.approx(
            0.5, abs=0.5 if "knn" in str(small(spec, task)) + spec.name else 0.15
        )
        return
    predicted = said(made(spec, task).fit(X, np.where(y < 0.75, "gap", "metal")), X)
    assert np.ptp(predicted[:, 0]) == pytest.approx(0.0, abs=1e-6)
    if "knn" not in str(small(spec, task)) + spec.name:
        assert predicted[0, 0] == pytest.approx(0.75, abs=0.15)


@by_task
def test_infinite_features_are_refused(spec: ModelSpec, task: str) -> None:
    X, y = features()
    X[3, 1] = np.inf
    if spec.name == "dummy":
        assert np.isfinite(said(made(spec, task).fit(X, labels(task, y)), X)).all()
        return
    with pytest.raises(ValueError, match="inf"):
        made(spec, task).fit(X, labels(task, y))


@by_task
def test_one_row(spec: ModelSpec, task: str) -> None:
    """It is that row's value, or a sentence says how many rows there must be."""
    X, y = features()
    expected = labels(task, y[:1])[0]
    if spec.name in MORE_THAN_ONE and (task == "regression" or spec.name == "knn"):
        with pytest.raises(ValueError, match=r"at least \d rows"):
            made(spec, task).fit(X[:1], [expected])
    else:
        predicted = made(spec, task).fit(X[:1], labels(task, y[:1])).predict(X[:4])
        assert all(
            one == expected if task == "classification" else one == pytest.approx(expected)
            for one in predicted
        )


@by_task
def test_one_class_is_predicted_for_certain(spec: ModelSpec, task: str) -> None:
    if task == "regression":
        return
    X, _ = features(10)
    model = made(spec, task).fit(X, np.full(10, "metal"))
    assert model.classes_.tolist() == ["metal"]
    assert model.predict_proba(X).tolist() == [[1.0]] * 10
    assert set(model.predict(X)) == {"metal"}


@by_task
def test_more_features_than_rows(spec: ModelSpec, task: str) -> None:
    chance = np.random.default_rng(2)
    X = chance.normal(size=(24, 60))
    model = made(spec, task).fit(X, labels(task, 2.5 + 2 * X[:, 0]))
    assert np.isfinite(said(model, X)).all()


@by_task
def test_huge_scales(spec: ModelSpec, task: str) -> None:
    """A feature of 1e12 beside one of 1e-12, and of numbers a target of 1e12."""
    X, y = features()
    X[:, 0] *= 1e12
    X[:, 1] *= 1e-12
    size = 1e12 if task == "regression" else 1.0
    model = made(spec, task).fit(X[:50], size * labels(task, y[:50]) if size > 1 else labels(task, y[:50]))
    predicted = said(model, X[50:])
    assert np.isfinite(predicted).all()
    if task == "regression" and spec.name != "dummy":
        guess = np.abs(y[:50].mean() - y[50:]).mean()
        assert np.abs(predicted / size - y[50:]).mean() < guess


@by_task
def test_integer_targets(spec: ModelSpec, task: str) -> None:
    if task == "classification":
        return
    X, y = features()
    whole = np.round(10 * y)
    as_int, as_float = (made(spec, task).fit(X, some) for some in (whole.astype(np.int64), whole))
    assert said(as_int, X) == pytest.approx(said(as_float, X), rel=1e-9)


@by_task
def test_it_is_fitted_with_what_it_is_given_and_not_changed_by_it(spec: ModelSpec, task: str) -> None:
    X, y = features()
    given = labels(task, y)
    before = (X.tobytes(), given.tobytes())
    X.setflags(write=False)  # as a matrix mapped from disk is
    given.setflags(write=False)
    made(spec, task).fit(X[:50], given[:50]).predict(X)
    assert (X.tobytes(), given.tobytes()) == before


@by_task
def test_the_same_seed_gives_the_same_bits(spec: ModelSpec, task: str) -> None:
    X, y = features()
    first = said(fitted(spec.name, task), X)
    np.random.seed(1)  # noqa: NPY002 - the global state that nothing may depend on
    again = made(spec, task).fit(X[:50], labels(task, y[:50]))
    assert said(again, X).tobytes() == first.tobytes()
    if spec.name in CERTAIN:
        other = made(spec, task, seed=6).fit(X[:50], labels(task, y[:50]))
        assert said(other, X).tobytes() == first.tobytes()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.float64]]:
    """What another process says, which learns from the same rows."""
    folder: Path = tmp_path_factory.mktemp("elsewhere")
    X, y = features()
    given = {task: labels(task, y[:50]) for task in TASKS}
    np.savez(folder / "in.npz", X=X[:50], **given)  # type: ignore[arg-type]  # no task is called allow_pickle
    files = [str(folder / name) for name in ("in.npz", "out.npz")]
    command = [sys.executable, "-c", FIT_ELSEWHERE, *files, repr(SMALLER)]
    subprocess.run(command, check=True)
    return dict(np.load(folder / "out.npz"))


@by_task
def test_another_process_gives_the_same_bits(
    spec: ModelSpec, task: str, elsewhere: dict[str, NDArray[np.float64]]
) -> None:
    X, _ = features()
    there, here = elsewhere[spec.name + task], said(fitted(spec.name, task), X[:50])
    assert np.asarray(there, dtype=np.float64).tobytes() == here.tobytes()


@by_task
def test_whatever_is_random_in_it_follows_the_seed(spec: ModelSpec, task: str) -> None:
    if spec.name in CERTAIN or (spec.name, task) == ("svm", "regression"):
        return
    X, y = features()
    first = said(fitted(spec.name, task), X).tobytes()
    # One other seed may break all ties alike.
    others = (made(spec, task, seed).fit(X[:50], labels(task, y[:50])) for seed in (6, 7, 8, 9))
    assert any(said(other, X).tobytes() != first for other in others)


@by_task
def test_a_pickled_copy_predicts_the_same_bits(spec: ModelSpec, task: str) -> None:
    X, _ = features()
    model = fitted(spec.name, task)
    assert said(pickle.loads(pickle.dumps(model)), X).tobytes() == said(model, X).tobytes()


@by_task
def test_a_clone_is_the_same_model_unfitted(spec: ModelSpec, task: str) -> None:
    copy = clone(fitted(spec.name, task))
    assert recorded_parameters(copy) == recorded_parameters(made(spec, task))
    assert not hasattr(copy[-1], "n_features_in_")


@by_task
def test_one_thread(spec: ModelSpec, task: str) -> None:
    """A pool inside a worker would fight the other workers, and change the order of sums."""
    jobs = {name: value for name, value in made(spec, task).get_params().items() if name.endswith("n_jobs")}
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
OURS = {"fill", "kernel", "nu", "length_scale", "calibration_folds"}


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
def test_search_space(spec: ModelSpec, task: str) -> None:
    """Every parameter of it exists; its ends are in it and can be learned with; a default that is a number is in it."""
    X, y = features(40)
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
        model = make_model(spec.name, {**small(spec, task), **corner}, 5, task)
        assert np.isfinite(said(model.fit(X, labels(task, y[:40])), X)).all()


@pytest.mark.parametrize(("spec", "task"), [each for each in EACH if "max_rows" in each.values[0].parameters])  # type: ignore[union-attr]
def test_a_model_of_steep_cost_refuses_too_many_rows_or_draws_from_them(spec: ModelSpec, task: str) -> None:
    X, y = features()
    given = labels(task, y)
    with pytest.raises(ValueError, match=r"from 70 rows, and its parameter max_rows = 40 allows no more"):
        make_model(spec.name, {"max_rows": 40}, 0, task).fit(X, given)
    drawn = make_model(spec.name, {"max_rows": 40, "subsample": True}, 0, task).fit(X, given)
    assert drawn[-1].rows_used_ == 40
    whole = make_model(spec.name, {"max_rows": 70}, 0, task).fit(X, given)
    assert whole[-1].rows_used_ == 70
    assert said(drawn, X).tobytes() != said(whole, X).tobytes()
