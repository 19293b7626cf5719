"""Decision trees: one, and forests of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make_tree(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return one decision tree; trees need no scaling."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    settings = dict(parameters)
    fill = settings.pop("fill")
    kind = DecisionTreeRegressor if task == "regression" else DecisionTreeClassifier
    return prepared(kind(random_state=seed, **settings), fill=fill, scale=False)


def make_random_forest(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a forest of trees, each grown on rows drawn with replacement."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    settings = dict(parameters)
    fill = settings.pop("fill")
    kind = RandomForestRegressor if task == "regression" else RandomForestClassifier
    return prepared(kind(bootstrap=True, n_jobs=1, random_state=seed, **settings), fill=fill, scale=False)


def make_extra_trees(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a forest of trees, each grown on all rows with thresholds drawn at random."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    settings = dict(parameters)
    fill = settings.pop("fill")
    kind = ExtraTreesRegressor if task == "regression" else ExtraTreesClassifier
    return prepared(kind(n_jobs=1, random_state=seed, **settings), fill=fill, scale=False)
