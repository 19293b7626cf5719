"""Random forest: bootstrap-aggregated decision trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a forest of trees, each grown on rows drawn with replacement; trees need no scaling."""
    from sklearn.ensemble import RandomForestRegressor

    settings = dict(parameters)
    fill = settings.pop("fill")
    forest = RandomForestRegressor(bootstrap=True, n_jobs=1, random_state=seed, **settings)
    return prepared(forest, fill=fill, scale=False)
