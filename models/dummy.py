"""The score to beat: the same answer for every material."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a model that says the mean (or median) of its training targets, or the share of each class."""
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.pipeline import Pipeline

    strategy = parameters["strategy"]
    model = (
        DummyRegressor(strategy=strategy)
        if task == "regression"
        else DummyClassifier(strategy=strategy, random_state=seed)
    )
    return Pipeline([("model", model)])
