"""Logistic regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:  # noqa: ARG001 - a convex problem, no chance in it
    """Return multinomial logistic regression with an L2 penalty, on filled and standardised features."""
    from sklearn.linear_model import LogisticRegression

    from matsluice.models.contiguous_classes import ContiguousClasses

    settings = dict(parameters)
    fill = settings.pop("fill")
    return prepared(ContiguousClasses(LogisticRegression(solver="lbfgs", **settings)), fill=fill, scale=True)
