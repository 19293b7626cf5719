"""Multilayer perceptron."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a fully connected network on filled and standardised features."""
    from matsluice.models.contiguous_classes import ContiguousClasses
    from matsluice.models.multilayer_perceptron.estimators import MLPClassifier, MLPRegressor
    from matsluice.models.row_bounds import RowBounds

    settings = {**parameters, "random_state": seed}
    fill = settings.pop("fill")
    model: Any
    if task == "regression":
        model = RowBounds(MLPRegressor(**settings), "mlp", least=2)
    else:
        model = ContiguousClasses(MLPClassifier(**settings))
    return prepared(model, fill=fill, scale=True)
