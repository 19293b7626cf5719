"""The four estimators keep what scikit-learn asks of every estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from matsluice.models.kolmogorov_arnold.estimators import KANClassifier, KANRegressor
from matsluice.models.multilayer_perceptron.estimators import MLPClassifier, MLPRegressor

# A weight is a repeated row where all rows are in one batch; in smaller ones the two are drawn differently.
WHOLE = 1000


@parametrize_with_checks(  # type: ignore[untyped-decorator]
    [
        MLPRegressor(hidden=(16,), epochs=100, learning_rate=0.01, batch_size=WHOLE),
        MLPClassifier(hidden=(16,), epochs=100, learning_rate=0.01, batch_size=WHOLE),
        KANRegressor(hidden=(2,), grid=3, steps=40, refine=False),
        KANClassifier(hidden=(2,), grid=3, steps=40),
    ]
)
def test_scikit_learns_check(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
