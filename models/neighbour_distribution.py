"""Nearest neighbours that say how a value is spread, and predict its median."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.neighbors import KNeighborsRegressor
from sklearn.utils.validation import column_or_1d

from matsluice.models.weighted_quantiles import weighted_quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class NeighbourDistribution(KNeighborsRegressor):  # type: ignore[misc]  # scikit-learn ships no types
    """The values of the nearest rows with their weights, as a distribution; parameters as scikit-learn's."""

    def __sklearn_tags__(self) -> Any:
        """Tags of scikit-learn: one target at a time, which has an order."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        return tags

    def fit(self, X: NDArray[np.float64], y: NDArray[np.float64]) -> NeighbourDistribution:
        """Keep the rows."""
        super().fit(X, column_or_1d(y, warn=True) if y is not None else y)
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weighted median of the neighbours' values, (n,)."""
        return self.predict_quantiles(X, [0.5])[:, 0]

    def predict_quantiles(self, X: NDArray[np.float64], levels: Sequence[float]) -> NDArray[np.float64]:
        """Return the value below which each share `levels`, (k,), of the neighbours' weight lies, (n, k)."""
        distances, nearest = self.kneighbors(X)
        values = np.asarray(self._y, dtype=np.float64)[nearest]
        weights = np.ones_like(distances)
        if self.weights == "distance":
            # Rows at no distance at all are the row itself, and count alone, as in scikit-learn.
            same = distances == 0
            with np.errstate(divide="ignore"):
                weights = np.where(same.any(axis=1, keepdims=True), same, 1.0 / distances)
        weights /= weights.sum(axis=1, keepdims=True)
        order = np.argsort(values, axis=1, kind="stable")
        values, weights = (np.take_along_axis(each, order, axis=1) for each in (values, weights))
        # Every row has values of its own.
        rows = [weighted_quantiles(v, w[None, :], levels) for v, w in zip(values, weights, strict=True)]
        return np.concatenate(rows) if rows else np.empty((0, len(levels)))
