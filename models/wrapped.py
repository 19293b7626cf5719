"""An estimator around another one: what all of ours have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _inner_has_probabilities(wrapped: Any) -> bool:
    return hasattr(wrapped.estimator, "predict_proba")


class Wrapped(MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Predicts as the estimator inside it, and is of its kind (regressor or classifier).

    A subclass sets `estimator_`, the fitted estimator, in `fit`.
    """

    estimator: Any
    estimator_: Any

    def predict(self, X: NDArray[np.float64]) -> NDArray[Any]:
        """Return the inner estimator's predictions, (n,)."""
        return self.estimator_.predict(X)  # type: ignore[no-any-return]

    @available_if(_inner_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the inner estimator's probabilities, (n, classes)."""
        return self.estimator_.predict_proba(X)  # type: ignore[no-any-return]

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes learned from, (classes,)."""
        return self.estimator_.classes_  # type: ignore[no-any-return]

    def __sklearn_tags__(self) -> Any:
        """Tags of scikit-learn: those of the estimator inside."""
        return get_tags(self.estimator)


def innermost(model: Any) -> Any:
    """Return the fitted estimator inside wrappers, or the model itself where it is none."""
    while True:
        if isinstance(model, Wrapped) and model.estimator_ is not None:
            model = model.estimator_
        elif isinstance(model, TransformedTargetRegressor):
            model = model.regressor_
        else:
            return model
