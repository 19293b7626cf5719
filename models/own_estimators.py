"""Pipelines around the project's own estimators: perceptron, Kolmogorov–Arnold network, SISSO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def pipeline_of(
    kind: str,
    regressor: Callable[..., Any],
    classifier: Callable[..., Any],
    task: str,
    parameters: Mapping[str, Any],
    seed: int,
    *,
    scale: bool,
) -> Pipeline:
    """Return the estimator of the task on filled features, standardised where `scale` says so.

    One row is refused, which says nothing of a number; classes are numbered anew where a fold lacks one.
    """
    from matsluice.models.contiguous_classes import ContiguousClasses
    from matsluice.models.row_bounds import RowBounds

    settings = {**parameters, "random_state": seed}
    fill = settings.pop("fill")
    model: Any
    if task == "regression":
        model = RowBounds(regressor(**settings), kind, least=2)
    else:
        model = ContiguousClasses(classifier(**settings))
    return prepared(model, fill=fill, scale=scale)
