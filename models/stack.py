"""A stacked ensemble: a small model learns how far to trust each of several others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from matsluice.models.grouped_fit import fit_grouped
from matsluice.models.inner_folds import inner_folds
from matsluice.models.member import members_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


# What a member's "impossible" is taken to mean; a forest of a few hundred trees cannot tell it from less.
LEAST_PROBABILITY = 1e-3


class _Stack(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What the regressor and the classifier have in common.

    Parameters
    ----------
    members
        Kinds of model by name, or tables with the keys name, kind and params.
    inner_folds
        Number of folds the members are judged by.
    random_state
        Seed of the folds and of the members.
    """

    task = ""

    def __init__(
        self,
        members: tuple[str | Mapping[str, Any], ...] = ("ridge", "random_forest"),
        inner_folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.members = members
        self.inner_folds = inner_folds
        self.random_state = random_state

    def _fit(
        self, X: NDArray[np.float64], y: NDArray[Any], groups: NDArray[np.int64] | None
    ) -> NDArray[np.float64]:
        """Fit every member on all rows, and return what each says of rows it was not fitted on, (n, columns)."""
        members = members_of(self.members, self.task, self.random_state)
        folds = inner_folds(
            y, groups, self.inner_folds, self.random_state, classes=self.task == "classification"
        )
        unseen = np.zeros((len(y), len(members) * self._width))
        for rows, others in folds:
            some = None if groups is None else groups[rows]
            fitted = [fit_grouped(member.make(), X[rows], y[rows], some) for member in members]
            unseen[others] = self._said(fitted, X[others])
        self.members_ = [fit_grouped(member.make(), X, y, groups) for member in members]
        self.names_ = tuple(member.name for member in members)
        return unseen

    def _said(self, fitted: list[Any], X: NDArray[np.float64]) -> NDArray[np.float64]:
        raise NotImplementedError

    @property
    def _width(self) -> int:
        raise NotImplementedError


class StackedRegressor(RegressorMixin, _Stack):  # type: ignore[misc]
    """A sum of the members' predictions with weights that are not negative (Breiman 1996).

    The weights are least squares on predictions for rows that the members were not fitted on, in folds that keep
    the groups of the outer split together: a member that recalls its neighbours' values is not trusted for it.
    """

    task = "regression"

    def fit(
        self, X: NDArray[np.float64], y: NDArray[np.float64], groups: NDArray[np.int64] | None = None
    ) -> StackedRegressor:
        """Fit the members and their weights.

        Parameters
        ----------
        X, y
            Features, (n, columns), and values, (n,).
        groups
            The group of each row, (n,), none of which stands on both sides of an inner fold.

        Raises
        ------
        ValueError
            There are fewer than two groups; or a member refuses the rows.
        """
        from sklearn.linear_model import LinearRegression

        X, y = np.asarray(X), np.asarray(y, dtype=np.float64)
        self.final_ = LinearRegression(positive=True).fit(self._fit(X, y, groups), y)
        self.weights_ = dict(zip(self.names_, self.final_.coef_.tolist(), strict=True))
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weighted sum, (n,)."""
        return np.asarray(self.final_.predict(self._said(self.members_, np.asarray(X))), dtype=np.float64)

    def _said(self, fitted: list[Any], X: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.asarray(one.predict(X), dtype=np.float64) for one in fitted], axis=1)

    @property
    def _width(self) -> int:
        return 1


class StackedClassifier(ClassifierMixin, _Stack):  # type: ignore[misc]
    """A logistic regression on the members' log-odds, as those are for rows they were not fitted on.

    As with `StackedRegressor`, the inner folds keep groups together. It sees the classes as 0, 1, … (see
    `ContiguousClasses`).
    """

    task = "classification"

    def fit(
        self, X: NDArray[np.float64], y: NDArray[np.int64], groups: NDArray[np.int64] | None = None
    ) -> StackedClassifier:
        """Fit the members and the logistic regression; parameters and errors as in `StackedRegressor.fit`."""
        from sklearn.linear_model import LogisticRegression

        X, y = np.asarray(X), np.asarray(y)
        self.classes_ = np.unique(y)
        self.final_ = LogisticRegression(max_iter=1000).fit(self._fit(X, y, groups), y)
        return self

    def predict_proba(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each class, (n, classes)."""
        return self.final_.predict_proba(self._said(self.members_, np.asarray(X)))  # type: ignore[no-any-return]

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the most probable class, (n,)."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X), axis=1)])

    def _said(self, fitted: list[Any], X: NDArray[np.float64]) -> NDArray[np.float64]:
        parts = []
        for one in fitted:
            # A class that is missing from a member's rows has probability 0 there.
            spread = np.zeros((len(X), len(self.classes_)))
            spread[:, np.searchsorted(self.classes_, one.classes_)] = one.predict_proba(X)
            # Log-odds against the first class: with weight 1 they give back the member's own probabilities.
            odds = np.log(np.clip(spread, LEAST_PROBABILITY, None))
            parts.append(odds[:, 1:] - odds[:, :1])
        return np.concatenate(parts, axis=1)

    @property
    def _width(self) -> int:
        return len(self.classes_) - 1
