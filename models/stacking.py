"""A stacked ensemble of other models of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return the ensemble; each member fills and scales the features in its own way."""
    from sklearn.pipeline import Pipeline

    from matsluice.models.contiguous_classes import ContiguousClasses
    from matsluice.models.stack import StackedClassifier, StackedRegressor

    settings = {**parameters, "members": tuple(parameters["members"]), "random_state": seed}
    model = (
        StackedRegressor(**settings)
        if task == "regression"
        else ContiguousClasses(StackedClassifier(**settings))
    )
    return Pipeline([("model", model)])
