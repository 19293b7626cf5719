"""k nearest neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:  # noqa: ARG001 - nothing random in it
    """Return the mean or median value, or the shares of the classes, of the nearest rows in standardised features."""
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    from matsluice.models.neighbour_distribution import NeighbourDistribution
    from matsluice.models.row_bounds import RowBounds

    settings = dict(parameters)
    fill, predicts = settings.pop("fill"), settings.pop("predicts", "mean")
    if predicts not in ("mean", "median"):
        raise ValueError(f'unknown predicts "{predicts}"; there are mean, median')
    neighbours: Any
    if task == "classification":
        neighbours = KNeighborsClassifier(n_jobs=1, **settings)
    elif predicts == "median":
        neighbours = NeighbourDistribution(n_jobs=1, **settings)
    else:
        neighbours = KNeighborsRegressor(n_jobs=1, **settings)
    bounded = RowBounds(neighbours, "knn with this n_neighbors", least=settings["n_neighbors"])
    return prepared(bounded, fill=fill, scale=True)
