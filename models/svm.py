"""Support vector machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(parameters: Mapping[str, Any], seed: int) -> Pipeline:  # noqa: ARG001 - a convex problem, no chance in it
    """Return ε-insensitive support vector regression on filled and standardised features."""
    from sklearn.svm import SVR

    settings = dict(parameters)
    fill = settings.pop("fill")
    return prepared(SVR(cache_size=500, **settings), fill=fill, scale=True)
