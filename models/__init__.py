"""Estimators, what is known of them, and how far to trust them: arrays in, arrays out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.models.applicability_domain import ApplicabilityDomain as ApplicabilityDomain
    from matsluice.models.catalogue import MODELS as MODELS
    from matsluice.models.catalogue import make_model as make_model
    from matsluice.models.kolmogorov_arnold.estimators import KANClassifier as KANClassifier
    from matsluice.models.kolmogorov_arnold.estimators import KANRegressor as KANRegressor
    from matsluice.models.multilayer_perceptron.estimators import MLPClassifier as MLPClassifier
    from matsluice.models.multilayer_perceptron.estimators import MLPRegressor as MLPRegressor
    from matsluice.models.residual_distribution import ResidualDistribution as ResidualDistribution
    from matsluice.models.sisso.classifier import SISSOClassifier as SISSOClassifier
    from matsluice.models.sisso.engineered import SISSOFeatures as SISSOFeatures
    from matsluice.models.sisso.regressor import SISSORegressor as SISSORegressor

_PLACES = {
    "ApplicabilityDomain": "matsluice.models.applicability_domain",
    "KANClassifier": "matsluice.models.kolmogorov_arnold.estimators",
    "KANRegressor": "matsluice.models.kolmogorov_arnold.estimators",
    "MLPClassifier": "matsluice.models.multilayer_perceptron.estimators",
    "MLPRegressor": "matsluice.models.multilayer_perceptron.estimators",
    "MODELS": "matsluice.models.catalogue",
    "ResidualDistribution": "matsluice.models.residual_distribution",
    "SISSOClassifier": "matsluice.models.sisso.classifier",
    "SISSOFeatures": "matsluice.models.sisso.engineered",
    "SISSORegressor": "matsluice.models.sisso.regressor",
    "make_model": "matsluice.models.catalogue",
}
__all__ = [
    "MODELS",
    "ApplicabilityDomain",
    "KANClassifier",
    "KANRegressor",
    "MLPClassifier",
    "MLPRegressor",
    "ResidualDistribution",
    "SISSOClassifier",
    "SISSOFeatures",
    "SISSORegressor",
    "make_model",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"matsluice.models has no {name!r}; it has {', '.join(_PLACES)}")
    return getattr(import_module(_PLACES[name]), name)
