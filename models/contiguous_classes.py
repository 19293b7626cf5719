"""Any labels of any number of classes for an estimator that wants 0, 1, … and at least two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from matsluice.models.grouped_fit import fit_grouped
from matsluice.models.wrapped import Wrapped

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ContiguousClasses(Wrapped):
    """A classifier that hands its classes to the one inside as whole numbers from 0.

    A class that is missing from the training rows leaves a gap in the numbers, which xgboost refuses. Of one class
    alone there is nothing to learn: it is then predicted with probability 1, as scikit-learn's trees do.

    Parameters
    ----------
    estimator
        What learns; it has `predict_proba`.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(
        self, X: NDArray[np.float64], y: NDArray[Any], groups: NDArray[np.int64] | None = None
    ) -> ContiguousClasses:
        """Fit on the classes' numbers."""
        self.labels_, codes = np.unique(y, return_inverse=True)
        self.estimator_ = (
            None if len(self.labels_) == 1 else fit_grouped(clone(self.estimator), X, codes, groups)
        )
        return self

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes learned from, in their order."""
        return self.labels_

    # It is there whatever the estimator has, where the parent asks the estimator first.
    def predict_proba(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, X: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability of each class, (n, classes)."""
        if self.estimator_ is None:
            return np.ones((len(X), 1))
        return np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)

    def predict(self, X: NDArray[np.float64]) -> NDArray[Any]:
        """Return the most probable class, (n,); of equals the first."""
        return np.asarray(self.labels_[np.argmax(self.predict_proba(X), axis=1)])
