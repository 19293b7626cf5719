"""SISSO: a formula found among very many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return the search on features in their own units, undefined ones filled: a scaled radius is none."""
    from matsluice.models.contiguous_classes import ContiguousClasses
    from matsluice.models.row_bounds import RowBounds
    from matsluice.models.sisso.classifier import SISSOClassifier
    from matsluice.models.sisso.regressor import SISSORegressor

    settings = {**parameters, "random_state": seed}
    fill = settings.pop("fill")
    model: Any
    if task == "regression":
        model = RowBounds(SISSORegressor(**settings), "sisso", least=2)
    else:
        model = ContiguousClasses(SISSOClassifier(**settings))
    return prepared(model, fill=fill, scale=False)
