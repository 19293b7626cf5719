"""What an estimator is given, checked and brought into arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.validated import validated

if TYPE_CHECKING:
    from numpy.typing import NDArray


def training_input(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, classify: bool
) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[np.float64]]:
    """Return features (rows, columns), targets (rows,) and weights (rows,); rows of weight 0 are left out.

    Raises
    ------
    ValueError
        Something is NaN or infinite, a weight is negative, or fewer than two rows are left.
    """
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, column_or_1d

    X, y = validated(estimator, X, y, y_numeric=not classify)
    y = column_or_1d(y, warn=True)
    if classify:
        check_classification_targets(y)
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    used = weights > 0
    if used.sum() < 2:
        raise ValueError(
            f"{type(estimator).__name__} got n_samples = {int(used.sum())} with a weight above 0: at least 2 are needed"
        )
    return X[used], y[used], weights[used]


def input_to_predict(estimator: Any, X: Any) -> NDArray[np.float64]:
    """Return features (rows, columns) as the estimator was fitted with.

    Raises
    ------
    ValueError
        A feature is NaN or infinite, or their number or names are others.
    """
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(estimator)
    return np.asarray(validated(estimator, X, reset=False))


def seed_of(random_state: Any) -> int:
    """Return a seed: the number itself, or one drawn from what scikit-learn takes as a random state.

    Examples
    --------
    >>> seed_of(7)
    7
    """
    from sklearn.utils import check_random_state

    if isinstance(random_state, int | np.integer) and random_state >= 0:
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
