"""Fitting a pipeline whose last step may want to know which rows belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def fit_grouped(
    estimator: Any, X: NDArray[np.float64], y: NDArray[Any], groups: NDArray[np.int64] | None
) -> Any:
    """Fit an estimator or a pipeline and return it.

    Parameters
    ----------
    estimator
        Unfitted.
    X, y
        Features, (n, columns), and values or classes, (n,).
    groups
        The group of each row, (n,), handed to a model whose `fit` takes it: one that divides its rows once more,
        which must not put a group on both sides. None where each row is its own group.
    """
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    if groups is None:
        return estimator.fit(X, y)
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return estimator.fit(
            X, y, **({f"{name}__groups": groups} if has_fit_parameter(last, "groups") else {})
        )
    return estimator.fit(X, y, **({"groups": groups} if has_fit_parameter(estimator, "groups") else {}))
