"""A hurdle model: whether a value is above its floor, and how large it then is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:  # noqa: ARG001 - it learns numbers only
    """Return the model; each member fills and scales the features in its own way."""
    from sklearn.pipeline import Pipeline

    from matsluice.models.floored import FlooredRegressor

    lists = {name: tuple(parameters[name]) for name in ("classifiers", "regressors")}
    return Pipeline([("model", FlooredRegressor(**{**parameters, **lists, "random_state": seed}))])
