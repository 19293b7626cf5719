"""Gradient-boosted decision trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return XGBoost's regressor on histograms; it takes undefined features as they are (fill = "none")."""
    from xgboost import XGBRegressor

    settings = dict(parameters)
    fill = settings.pop("fill")
    # One thread: sums of gradients in another order would change the last bits of the trees.
    booster = XGBRegressor(tree_method="hist", n_jobs=1, random_state=seed, verbosity=1, **settings)
    return prepared(booster, fill=fill, scale=False)
