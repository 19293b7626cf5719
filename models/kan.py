"""Kolmogorov–Arnold network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a network with a fitted curve on each edge, on filled and standardised features."""
    from matsluice.models.contiguous_classes import ContiguousClasses
    from matsluice.models.kolmogorov_arnold.estimators import KANClassifier, KANRegressor
    from matsluice.models.row_bounds import RowBounds

    settings = {**parameters, "random_state": seed}
    fill = settings.pop("fill")
    model: Any
    if task == "regression":
        model = RowBounds(KANRegressor(**settings), "kan", least=2)
    else:
        model = ContiguousClasses(KANClassifier(**settings))
    return prepared(model, fill=fill, scale=True)
