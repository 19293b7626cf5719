"""Kolmogorov–Arnold network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.own_estimators import pipeline_of

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a network with a fitted curve on each edge, on filled and standardised features."""
    from matsluice.models.kolmogorov_arnold.estimators import KANClassifier, KANRegressor

    return pipeline_of("kan", KANRegressor, KANClassifier, task, parameters, seed, scale=True)
