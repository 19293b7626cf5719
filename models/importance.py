"""What a fitted model leans on, where the model itself says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


def feature_importance(pipeline: Pipeline) -> NDArray[np.float64] | None:
    """Return the share of each column (columns,), summing to 1, or None where the model has none.

    For trees it is the mean decrease of impurity (gain), for a linear model the absolute coefficient on
    standardised columns. Both say what this model used, not what causes the property.

    Examples
    --------
    >>> from matsluice.models.catalogue import make_model
    >>> X = np.array([[0.0, 1], [1, 0], [2, 1], [3, 0]])
    >>> feature_importance(make_model("ridge", {}, seed=0).fit(X, X[:, 0])).argmax()
    np.int64(0)
    """
    from matsluice.models.chosen_columns import among_all
    from matsluice.models.wrapped import innermost

    model = innermost(pipeline[-1])
    raw = getattr(model, "feature_importances_", None)
    if raw is None and getattr(model, "kernel", "linear") == "linear":
        raw = getattr(model, "coef_", None)
        # Of several classes each has its own coefficients.
        raw = raw if raw is None or np.ndim(raw) < 2 else np.abs(np.asarray(raw)).mean(axis=0)
    if raw is None:
        return None
    size = np.abs(np.asarray(raw, dtype=np.float64)).ravel()
    total = size.sum()
    return among_all(pipeline, size / total if total > 0 else size)
