"""Every kind of model is held by files that run no code, and predicts the same bits from them in another process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.models.catalogue import MODELS, make_model
from matsluice.models.saved.pipeline_files import read_pipeline, write_pipeline

Problem = Any  # conftest.py has it
EACH = [(spec.name, task) for spec in MODELS.values() for task in spec.tasks]
# Settings that keep other objects inside a fitted model than the defaults do.
OTHERS: list[tuple[str, str, dict[str, Any]]] = [
    ("knn", "regression", {"p": 1.0, "predicts": "median"}),
    ("knn", "regression", {"p": 3.0, "weights": "uniform"}),
    ("decision_tree", "regression", {"predicts": "median"}),
    ("random_forest", "regression", {"predicts": "median", "n_estimators": 5}),
    ("random_forest", "classification", {"class_weight": "balanced", "n_estimators": 5}),
    ("gaussian_process", "regression", {"kernel": "rbf"}),
    ("gaussian_process", "classification", {"kernel": "rbf"}),
    ("gaussian_process", "regression", {"nu": 0.5, "max_rows": 20, "subsample": True}),
    ("ridge", "regression", {"fill": "zero"}),
    ("logistic", "classification", {"columns": ((0, 2), (4, 6))}),
    ("stacking", "regression", {"inner_folds": 2, "members": (
        {"name": "left", "kind": "svm", "params": {"columns": ((0, 3),)}}, "xgboost")}),
    ("xgboost", "regression", {"loss": "mae", "fill": "mean", "n_estimators": 5}),
    ("mlp", "regression", {"hidden": (3, 3), "ensemble": 2, "dropout": 0.1, "epochs": 5, "precision": "float32"}),
    ("kan", "classification", {"hidden": (2,), "steps": 5}),
    ("sisso", "regression", {"rung": 0, "dimension": 2}),
    ("stacking", "regression", {"members": ("knn", "xgboost"), "inner_folds": 2, "combine": "mean"}),
    ("stacking", "regression", {"members": ("sisso", "mlp"), "inner_folds": 2, "combine": "median"}),
    ("stacking", "regression", {"members": ("svm", "xgboost"), "inner_folds": 2, "objective": "mae"}),
    ("stacking", "classification", {"members": ("svm", "xgboost"), "inner_folds": 2}),
    ("hurdle", "regression", {"classifiers": ("knn", "svm"), "regressors": ("knn", "xgboost"), "predicts": "median"}),
]  # fmt: skip
ELSEWHERE = """
import pickle, sys
from pathlib import Path
import numpy as np

def refused(*a, **k):
    raise RuntimeError("a pickle is read")

pickle.load = pickle.loads = pickle.Unpickler = refused
from matsluice.models.saved.pipeline_files import read_pipeline

X, said = np.load(sys.argv[1]), {}
for folder in sorted(Path(sys.argv[2]).iterdir()):
    model = read_pipeline(folder)
    say = model.predict_proba if hasattr(model, "predict_proba") else model.predict
    said[folder.name] = np.asarray(say(X), dtype=np.float64)
np.savez(sys.argv[3], **said)
"""


def write(model: Any, folder: Path) -> None:
    folder.mkdir(parents=True)
    write_pipeline(model, folder)


@pytest.mark.models
def test_every_kind_predicts_the_same_bits_in_another_process(problem: Problem, tmp_path: Path) -> None:
    X, _ = problem.features()
    np.save(tmp_path / "X.npy", X)
    expected: dict[str, NDArray[np.float64]] = {}
    for name, task in EACH:
        model = problem.fitted(name, task)
        write(model, tmp_path / "models" / f"{name}-{task}")
        expected[f"{name}-{task}"] = problem.said(model, X)
    paths = [str(tmp_path / name) for name in ("X.npy", "models", "said.npz")]
    answer = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *paths], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    said = np.load(tmp_path / "said.npz")
    assert {name: said[name].tobytes() for name in said.files} == {
        name: values.tobytes() for name, values in expected.items()
    }


@pytest.mark.models
@pytest.mark.parametrize(("name", "task", "parameters"), OTHERS)
def test_other_settings_are_held_too(
    problem: Problem, tmp_path: Path, name: str, task: str, parameters: dict[str, Any]
) -> None:
    X, y = problem.features()
    floored = np.maximum(y, 2.5) if name == "hurdle" else y
    model = make_model(name, parameters, 3, task).fit(X[:50], problem.labels(task, floored[:50]))
    write(model, tmp_path / "model")
    assert problem.said(read_pipeline(tmp_path / "model"), X).tobytes() == problem.said(model, X).tobytes()
