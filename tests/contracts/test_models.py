"""What every model promises; a new one is held to it by its line in the catalogue."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from matsluice.models.catalogue import MODELS, ModelSpec, make_model, recorded_parameters

# Small enough to be quick; every other setting is the default.
SMALLER = {"n_estimators": 20}
FIT_ELSEWHERE = """
import sys
import numpy as np
from matsluice.models.catalogue import make_model
X, y = np.load(sys.argv[1])["X"], np.load(sys.argv[1])["y"]
np.save(sys.argv[2], make_model(sys.argv[3], eval(sys.argv[4]), seed=5).fit(X, y).predict(X))
"""

pytestmark = pytest.mark.parametrize("spec", MODELS.values(), ids=lambda spec: spec.name)


def small(spec: ModelSpec, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in SMALLER.items() if name in spec.parameters} | more


def made(spec: ModelSpec, seed: int = 5) -> Pipeline:
    return make_model(spec.name, small(spec), seed)


def features(rows: int = 70) -> tuple[np.ndarray, np.ndarray]:
    """Return features that are undefined here and there, of which one never varies, and values."""
    chance = np.random.default_rng(4)
    X = chance.normal(size=(rows, 6))
    y = 2.0 + X[:, 0] + 0.5 * X[:, 1] ** 2 + chance.normal(scale=0.1, size=rows)
    X[::4, 2] = np.nan
    X[:, 3] = 1.25
    return X, y


def test_specification(spec: ModelSpec) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", spec.name)
    assert MODELS[spec.name] is spec
    assert spec.tasks
    assert set(spec.tasks) <= {"regression", "classification"}
    assert spec.summary
    assert spec.source
    assert "doi:10." in spec.source or spec.source.startswith("scikit-learn")
    assert pickle.loads(pickle.dumps(spec)) == spec
    json.dumps(dict(spec.parameters), allow_nan=False)


def test_it_is_a_pipeline_that_ends_in_the_model(spec: ModelSpec) -> None:
    pipeline = made(spec)
    assert isinstance(pipeline, Pipeline)
    assert pipeline.steps[-1][0] == "model"
    assert hasattr(pipeline[-1], "predict")


def test_it_learns_from_undefined_features_and_predicts_finite_values(spec: ModelSpec) -> None:
    X, y = features()
    predicted = made(spec).fit(X[:50], y[:50]).predict(X[50:])
    assert predicted.shape == (20,)
    assert np.isfinite(predicted).all()


def test_it_beats_the_mean_or_is_it(spec: ModelSpec) -> None:
    X, y = features()
    error = np.abs(made(spec).fit(X[:50], y[:50]).predict(X[50:]) - y[50:]).mean()
    guessing = np.abs(y[:50].mean() - y[50:]).mean()
    assert error == pytest.approx(guessing) if spec.name == "dummy" else error < 0.9 * guessing


def test_a_feature_undefined_in_every_training_row_is_no_trouble(spec: ModelSpec) -> None:
    X, y = features()
    X[:50, 5] = np.nan
    assert np.isfinite(made(spec).fit(X[:50], y[:50]).predict(X[50:])).all()


def test_a_feature_defined_in_every_training_row_may_be_undefined_later(spec: ModelSpec) -> None:
    X, y = features()
    fitted = made(spec).fit(X, y)
    X[:, 0] = np.nan
    assert np.isfinite(fitted.predict(X)).all()


def test_only_constant_features_leave_the_mean(spec: ModelSpec) -> None:
    X, y = np.full((30, 3), 2.0), np.linspace(0.0, 1.0, 30)
    predicted = made(spec).fit(X, y).predict(X)
    assert np.ptp(predicted) == pytest.approx(0.0, abs=1e-6)
    assert predicted[0] == pytest.approx(0.5, abs=0.15)


def test_it_is_fitted_with_what_it_is_given_and_not_changed_by_it(spec: ModelSpec) -> None:
    X, y = features()
    before = (X.tobytes(), y.tobytes())
    X.setflags(write=False)  # as a matrix mapped from disk is
    y.setflags(write=False)
    made(spec).fit(X, y).predict(X)
    assert (X.tobytes(), y.tobytes()) == before


def test_the_same_seed_gives_the_same_bits(spec: ModelSpec) -> None:
    X, y = features()
    assert made(spec).fit(X, y).predict(X).tobytes() == made(spec).fit(X, y).predict(X).tobytes()


def test_another_process_gives_the_same_bits(spec: ModelSpec, tmp_path: Any) -> None:
    X, y = features()
    np.savez(tmp_path / "in.npz", X=X, y=y)
    subprocess.run(
        [
            sys.executable,
            "-c",
            FIT_ELSEWHERE,
            tmp_path / "in.npz",
            tmp_path / "out.npy",
            spec.name,
            repr(small(spec)),
        ],
        check=True,
    )
    assert np.load(tmp_path / "out.npy").tobytes() == made(spec).fit(X, y).predict(X).tobytes()


def test_whatever_is_random_in_it_follows_the_seed(spec: ModelSpec) -> None:
    X, y = features()
    same = (
        made(spec, seed=5).fit(X, y).predict(X).tobytes() == made(spec, seed=6).fit(X, y).predict(X).tobytes()
    )
    assert same == (spec.name in {"dummy", "ridge", "svm"})
    np.random.seed(1)  # noqa: NPY002 - the global state that nothing may depend on
    first = made(spec).fit(X, y).predict(X)
    np.random.seed(2)  # noqa: NPY002
    assert made(spec).fit(X, y).predict(X).tobytes() == first.tobytes()


def test_a_pickled_copy_predicts_the_same_bits(spec: ModelSpec) -> None:
    X, y = features()
    fitted = made(spec).fit(X, y)
    assert pickle.loads(pickle.dumps(fitted)).predict(X).tobytes() == fitted.predict(X).tobytes()


def test_a_clone_is_the_same_model_unfitted(spec: ModelSpec) -> None:
    X, y = features()
    original = made(spec).fit(X, y)
    copy = clone(original)
    assert recorded_parameters(copy) == recorded_parameters(original)
    assert copy.fit(X, y).predict(X).tobytes() == original.predict(X).tobytes()


def test_one_thread(spec: ModelSpec) -> None:
    """A pool inside a worker would fight the other workers, and change the order of sums."""
    assert made(spec)[-1].get_params().get("n_jobs", 1) == 1


@pytest.mark.parametrize("wrong", ["n_estimatorz", "alfa"])
def test_an_unknown_parameter_is_refused_naming_those_there_are(spec: ModelSpec, wrong: str) -> None:
    with pytest.raises(
        ValueError, match=f'{spec.name} has no parameter "{wrong}"; it has {next(iter(spec.parameters))}'
    ):
        make_model(spec.name, {wrong: 1}, seed=0)


def test_every_parameter_reaches_the_pipeline_and_the_record(spec: ModelSpec) -> None:
    recorded = recorded_parameters(make_model(spec.name, {}, seed=5))
    for name, value in spec.parameters.items():
        if name != "fill":
            text = value if isinstance(value, str) else json.dumps(value)
            assert recorded[f"model.{name}"] == text
    assert recorded["model"]
    if "fill" in spec.parameters:
        expected = {"none": "none", "median": "SimpleImputer"}[spec.parameters["fill"]]
        assert recorded["fill"] == expected
    # What has no line in the catalogue is recorded too: the seed, and scikit-learn's own defaults.
    assert recorded.get("model.random_state", "5") in {"5", "null"}
    assert set(spec.parameters) - {"fill"} < {name.removeprefix("model.") for name in recorded}


def test_a_parameter_that_is_set_reaches_the_model(spec: ModelSpec) -> None:
    other = {"strategy": "median", "alpha": 3.5, "C": 2.5, "n_estimators": 7}
    name = next(name for name in other if name in spec.parameters)
    pipeline = make_model(spec.name, {name: other[name]}, seed=0)
    assert pipeline[-1].get_params()[name] == other[name]
    assert recorded_parameters(pipeline)[f"model.{name}"] in {str(other[name]), json.dumps(other[name])}


def test_records_are_texts_that_mlflow_takes(spec: ModelSpec) -> None:
    for name, text in recorded_parameters(make_model(spec.name, {}, seed=5)).items():
        assert isinstance(text, str)
        assert len(text) < 6000
        assert re.fullmatch(r"[\w./ -]+", name)
        assert " object at 0x" not in text
