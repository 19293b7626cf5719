"""Forests that say how a value is spread, from the training rows that share their leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import RegressorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from matsluice.models.validated import validated
from matsluice.models.weighted_quantiles import weighted_quantiles
from matsluice.models.wrapped import Wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

# Of predicted rows × training rows whose weights stand in memory at a time, 8 bytes each.
WEIGHTS_AT_A_TIME = 1 << 24


class LeafDistribution(RegressorMixin, Wrapped):  # type: ignore[misc]  # scikit-learn ships no types
    """A decision tree or a forest that predicts a median, and any other quantile.

    A training row weighs in a prediction as often as it lies in one leaf with the predicted row, each leaf counting 1
    in all: these are the exact weights of a quantile regression forest (Meinshausen 2006, doi:10.5555/1248547.1248582).
    The mean with these weights is what the forest itself predicts.

    Parameters
    ----------
    estimator
        A tree or a forest of scikit-learn's for numbers.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def __sklearn_tags__(self) -> Any:
        """Tags of scikit-learn: the trees', for one target at a time."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        tags.input_tags.sparse = False
        return tags

    def fit(self, X: NDArray[np.float64], y: NDArray[np.float64]) -> LeafDistribution:
        """Grow the trees, and note which row ends in which leaf."""
        X, y = validated(self, X, y, y_numeric=True, ensure_all_finite=self._finite)
        trees: Any = clone(self.estimator)
        self.estimator_ = trees.fit(X, y)
        order = np.argsort(y, kind="stable")
        self.values_ = np.asarray(y, dtype=np.float64)[order]
        self.leaves_: csr_array = self._leaves(X[order])
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the median, (n,)."""
        return self.predict_quantiles(X, [0.5])[:, 0]

    def predict_quantiles(self, X: NDArray[np.float64], levels: Sequence[float]) -> NDArray[np.float64]:
        """Return the value below which each share `levels`, (k,), of a row's distribution lies, (n, k)."""
        check_is_fitted(self)
        X = validated(self, X, reset=False, ensure_all_finite=self._finite)
        found = np.empty((len(X), len(levels)))
        step = max(1, WEIGHTS_AT_A_TIME // len(self.values_))
        for start in range(0, len(X), step):
            weights = self.weights(X[start : start + step])
            found[start : start + step] = weighted_quantiles(self.values_, weights, levels)
        return found

    def weights(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each training row weighs, by its value from the least on: (n, training rows), 1 in a row."""
        shares = 1.0 / np.maximum(self.leaves_.sum(axis=0), 1.0)
        mine = self._leaves(np.asarray(X))
        mine.data *= shares[mine.indices] / self._trees
        return (mine @ self.leaves_.T).toarray()  # type: ignore[no-any-return]  # scipy ships no types

    @property
    def _finite(self) -> bool | str:
        """What trees ask of features: those of some versions of scikit-learn take undefined ones."""
        return "allow-nan" if get_tags(self.estimator).input_tags.allow_nan else True

    @property
    def _trees(self) -> int:
        return len(getattr(self.estimator_, "estimators_", (self.estimator_,)))

    def _leaves(self, X: NDArray[np.float64]) -> csr_array:
        """Return 1 where a row ends in a leaf, (n, nodes of all trees)."""
        from scipy.sparse import csr_array

        trees = [tree.tree_ for tree in getattr(self.estimator_, "estimators_", (self.estimator_,))]
        first = np.cumsum([0, *(tree.node_count for tree in trees)])
        node = self.estimator_.apply(X).reshape(len(X), len(trees)) + first[:-1]
        # One leaf a tree: the rows of the sparse matrix are all of one length.
        starts = np.arange(0, node.size + 1, len(trees))
        return csr_array((np.ones(node.size), node.ravel(), starts), shape=(len(X), int(first[-1])))
