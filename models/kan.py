"""Kolmogorov–Arnold network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.own_estimators import pipeline_of

# The parameter that asks for the network to be read as a formula.
FORMULA = "formula"

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a network with a fitted curve on each edge, on filled and standardised features.

    `formula` is for whoever writes the fitted model out; the fit is the same with it.
    """
    from matsluice.models.kolmogorov_arnold.estimators import KANClassifier, KANRegressor

    settings = {name: value for name, value in parameters.items() if name != FORMULA}
    return pipeline_of("kan", KANRegressor, KANClassifier, task, settings, seed, scale=True)
