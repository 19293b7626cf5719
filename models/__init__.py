"""Estimators, what is known of them, and how far to trust them: arrays in, arrays out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.models.applicability_domain import ApplicabilityDomain as ApplicabilityDomain
    from matsluice.models.catalogue import MODELS as MODELS
    from matsluice.models.catalogue import make_model as make_model
    from matsluice.models.residual_distribution import ResidualDistribution as ResidualDistribution

_PLACES = {
    "ApplicabilityDomain": "matsluice.models.applicability_domain",
    "MODELS": "matsluice.models.catalogue",
    "ResidualDistribution": "matsluice.models.residual_distribution",
    "make_model": "matsluice.models.catalogue",
}
__all__ = ["MODELS", "ApplicabilityDomain", "ResidualDistribution", "make_model"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"matsluice.models has no {name!r}; it has {', '.join(_PLACES)}")
    return getattr(import_module(_PLACES[name]), name)
