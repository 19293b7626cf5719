"""Decision trees: one, and forests of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

PREDICTS = ("mean", "median")


def make_tree(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return one decision tree; trees need no scaling."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    return _prepared(DecisionTreeRegressor, DecisionTreeClassifier, task, parameters, random_state=seed)


def make_random_forest(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a forest of trees, each grown on rows drawn with replacement."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    more: dict[str, Any] = {"bootstrap": True, "n_jobs": 1, "random_state": seed}
    return _prepared(RandomForestRegressor, RandomForestClassifier, task, parameters, **more)


def make_extra_trees(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a forest of trees, each grown on all rows with thresholds drawn at random."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    return _prepared(ExtraTreesRegressor, ExtraTreesClassifier, task, parameters, n_jobs=1, random_state=seed)


def _prepared(
    regressor: Callable[..., Any],
    classifier: Callable[..., Any],
    task: str,
    parameters: Mapping[str, Any],
    **more: Any,
) -> Pipeline:
    """Return the trees of the task on filled features; those that predict a median keep what is in their leaves."""
    from matsluice.models.leaf_distribution import LeafDistribution

    settings = dict(parameters)
    fill, predicts = settings.pop("fill"), settings.pop("predicts", "mean")
    if predicts not in PREDICTS:
        raise ValueError(f'unknown predicts "{predicts}"; there are {", ".join(PREDICTS)}')
    trees = (regressor if task == "regression" else classifier)(**settings, **more)
    return prepared(LeafDistribution(trees) if predicts == "median" else trees, fill=fill, scale=False)
