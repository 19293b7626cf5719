"""The estimators that predict distributions keep what scikit-learn asks of every estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.ensemble import ExtraTreesRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from matsluice.models.floored import FlooredRegressor
from matsluice.models.leaf_distribution import LeafDistribution
from matsluice.models.neighbour_distribution import NeighbourDistribution


@parametrize_with_checks(  # type: ignore[untyped-decorator]
    [
        LeafDistribution(ExtraTreesRegressor(20, random_state=0)),
        NeighbourDistribution(),
        FlooredRegressor(classifiers=("logistic", "decision_tree"), regressors=("ridge", "decision_tree")),
    ]
)
def test_scikit_learns_check(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
