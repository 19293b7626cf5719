"""SISSO: a formula found among very many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.own_estimators import pipeline_of

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return the search on features in their own units, undefined ones filled: a scaled radius is none."""
    from matsluice.models.sisso.classifier import SISSOClassifier
    from matsluice.models.sisso.regressor import SISSORegressor

    return pipeline_of("sisso", SISSORegressor, SISSOClassifier, task, parameters, seed, scale=False)
