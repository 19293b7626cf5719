"""Multilayer perceptron."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.own_estimators import pipeline_of

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a fully connected network on filled and standardised features."""
    from matsluice.models.multilayer_perceptron.estimators import MLPClassifier, MLPRegressor

    return pipeline_of("mlp", MLPRegressor, MLPClassifier, task, parameters, seed, scale=True)
