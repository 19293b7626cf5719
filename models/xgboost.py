"""Gradient-boosted decision trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

# Its own words for them.
OBJECTIVE_OF_LOSS = {"mse": "reg:squarederror", "mae": "reg:absoluteerror"}


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return XGBoost on histograms; it takes undefined features as they are (fill = "none")."""
    from xgboost import XGBClassifier, XGBRegressor

    from matsluice.models.contiguous_classes import ContiguousClasses

    settings = dict(parameters)
    fill, loss = settings.pop("fill"), settings.pop("loss", "mse")
    if loss not in OBJECTIVE_OF_LOSS:
        raise ValueError(f'unknown loss "{loss}"; there are {", ".join(OBJECTIVE_OF_LOSS)}')
    # One thread: sums of gradients in another order would change the last bits of the trees.
    settings |= {"tree_method": "hist", "n_jobs": 1, "random_state": seed, "verbosity": 1}
    booster = (
        XGBRegressor(objective=OBJECTIVE_OF_LOSS[loss], **settings)
        if task == "regression"
        else ContiguousClasses(XGBClassifier(**settings))
    )
    return prepared(booster, fill=fill, scale=False)
