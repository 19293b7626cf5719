"""scikit-learn's Gaussian processes, which take a kernel parameter at its bound as what it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@contextmanager
def _bounds_may_be_reached() -> Iterator[None]:
    # The bounds stand where a number has lost its meaning: no noise at all, or a feature without influence.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The optimal value found for dimension", ConvergenceWarning)
        yield


class ProcessRegressor(GaussianProcessRegressor):  # type: ignore[misc]  # scikit-learn ships no types
    """Gaussian process regression."""

    def fit(self, X: NDArray[np.float64], y: NDArray[np.float64]) -> ProcessRegressor:
        """Fit the kernel and the process."""
        with _bounds_may_be_reached():
            super().fit(X, y)
        return self


class ProcessClassifier(GaussianProcessClassifier):  # type: ignore[misc]
    """Gaussian process classification, one class against the rest."""

    def fit(self, X: NDArray[np.float64], y: NDArray[Any]) -> ProcessClassifier:
        """Fit the kernel and the process."""
        with _bounds_may_be_reached():
            super().fit(X, y)
        return self
