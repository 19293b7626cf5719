"""The problem that every model of the catalogue is held to: small, with undefined and constant features."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from matsluice.models.catalogue import MODELS, ModelSpec, make_model

# Small enough to be quick; every other setting is the default.
SMALLER: dict[str, Any] = {
    "classifiers": ("knn", "decision_tree"), "regressors": ("knn", "decision_tree"),
    "n_estimators": 20, "members": ("knn", "decision_tree"), "inner_folds": 3,
    "hidden": (4,), "epochs": 150, "steps": 40, "rung": 1, "dimension": 1,
}  # fmt: skip
CLASSES = np.array(["gap", "metal", "semimetal"])


class Problem:
    """Rows of six features with a value, or one of three classes, and models that learn from them."""

    smaller = SMALLER
    classes = CLASSES

    @staticmethod
    def small(spec: ModelSpec, task: str, **more: Any) -> dict[str, Any]:
        return {name: value for name, value in SMALLER.items() if name in spec.parameters_for(task)} | more

    @staticmethod
    def made(spec: ModelSpec, task: str, seed: int = 5) -> Pipeline:
        return make_model(spec.name, Problem.small(spec, task), seed, task)

    @staticmethod
    def features(rows: int = 70) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return features that are undefined here and there, of which one never varies, and values."""
        chance = np.random.default_rng(4)
        X = chance.normal(size=(rows, 6))
        y = 2.0 + X[:, 0] + 0.5 * X[:, 1] ** 2 + chance.normal(scale=0.1, size=rows)
        X[::4, 2] = np.nan
        X[:, 3] = 1.25
        return X, y

    @staticmethod
    def labels(task: str, y: NDArray[np.float64]) -> NDArray[Any]:
        """Return the values, or three classes by their size."""
        return y if task == "regression" else CLASSES[np.digitize(y, [2.0, 3.0])]

    @staticmethod
    def said(model: Pipeline, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values (n,), or probabilities (n, classes)."""
        of_classes = hasattr(model, "predict_proba")
        return np.asarray((model.predict_proba if of_classes else model.predict)(X), dtype=np.float64)

    @staticmethod
    @cache
    def fitted(name: str, task: str) -> Pipeline:
        """Return a model that has learned from the first 50 rows; tests leave it as it is."""
        X, y = Problem.features()
        return Problem.made(MODELS[name], task).fit(X[:50], Problem.labels(task, y[:50]))


@pytest.fixture(scope="session")
def problem() -> Problem:
    """The problem."""
    return Problem()
