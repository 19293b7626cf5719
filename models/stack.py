"""A stacked ensemble: a small model learns how far to trust each of several others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from matsluice.models.combination import combination
from matsluice.models.grouped_fit import fit_grouped
from matsluice.models.inner_folds import inner_folds
from matsluice.models.local_errors import LocalErrors
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
    combine
        "learned": weights from predictions for rows that the members were not fitted on; or the "mean" or the
        "median" of the members, which is surer of itself where rows are few.
    random_state
        Seed of the folds and of the members.
    """

    task = ""

    members: tuple[str | Mapping[str, Any], ...]
    inner_folds: int
    random_state: int

    def _fit(
        self, X: NDArray[np.float64], y: NDArray[Any], groups: NDArray[np.int64] | None, objective: str
    ) -> None:
        """Fit every member on all rows."""
        members = members_of(self.members, self.task, self.random_state, objective)
        self.members_ = [fit_grouped(member.make(), X, y, groups) for member in members]
        self.names_ = tuple(member.name for member in members)

    def _unseen(
        self, X: NDArray[np.float64], y: NDArray[Any], groups: NDArray[np.int64] | None, objective: str
    ) -> NDArray[np.float64]:
        """Return what each member says of rows it was not fitted on, (n, columns)."""
        members = members_of(self.members, self.task, self.random_state, objective)
        folds = inner_folds(
            y, groups, self.inner_folds, self.random_state, classes=self.task == "classification"
        )
        unseen = np.zeros((len(y), len(members) * self._width))
        for rows, others in folds:
            some = None if groups is None else groups[rows]
            fitted = [fit_grouped(member.make(), X[rows], y[rows], some) for member in members]
            unseen[others] = self._said(fitted, X[others])
        return unseen

    def _said(self, fitted: list[Any], X: NDArray[np.float64]) -> NDArray[np.float64]:
        raise NotImplementedError

    @property
    def _width(self) -> int:
        raise NotImplementedError


class StackedRegressor(RegressorMixin, _Stack):  # type: ignore[misc]
    """A sum of the members' predictions with weights that are not negative (Breiman 1996), or their mean or median.

    The weights make the squared or the absolute error least on predictions for rows that the members were not fitted
    on, in folds that keep the groups of the outer split together: a member that recalls its neighbours' values is not
    trusted for it. The errors of those predictions are kept: they say how a value is spread about what is predicted.

    Parameters
    ----------
    objective
        "mse" or "mae": what the weights make small, and with it the defaults of members that are named by their kind.
    members, inner_folds, combine, random_state
        See `_Stack`.
    """

    task = "regression"

    def __init__(
        self,
        members: tuple[str | Mapping[str, Any], ...] = ("ridge", "random_forest"),
        inner_folds: int = 5,
        combine: str = "learned",
        objective: str = "mse",
        random_state: int = 0,
    ) -> None:
        self.members = members
        self.inner_folds = inner_folds
        self.combine = combine
        self.objective = objective
        self.random_state = random_state

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
            There are fewer than two groups; a member refuses the rows; there is no such rule or objective.
        """
        X, y = np.asarray(X), np.asarray(y, dtype=np.float64)
        final = combination(self.combine, self.objective)
        unseen = self._unseen(X, y, groups, self.objective)
        self._fit(X, y, groups, self.objective)
        self.final_ = final.fit(unseen, y)
        self.errors_ = LocalErrors.of(y, np.asarray(self.final_.predict(unseen)))
        self.weights_ = dict(zip(self.names_, self.final_.coef_.tolist(), strict=True))
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weighted sum, (n,)."""
        return np.asarray(self.final_.predict(self._said(self.members_, np.asarray(X))), dtype=np.float64)

    def predict_quantiles(
        self, X: NDArray[np.float64], levels: Sequence[float] | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the value below which each share `levels`, (k,) or (n, k), of a row's distribution lies, (n, k)."""
        return self.errors_.quantiles(self.predict(X), levels)

    def _said(self, fitted: list[Any], X: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.asarray(one.predict(X), dtype=np.float64) for one in fitted], axis=1)

    @property
    def _width(self) -> int:
        return 1


class StackedClassifier(ClassifierMixin, _Stack):  # type: ignore[misc]
    """A logistic regression on the members' log-odds, as those are for rows they were not fitted on.

    As with `StackedRegressor`, the inner folds keep groups together. It sees the classes as 0, 1, … (see
    `ContiguousClasses`). With combine = "mean" it is the mean of the members' log-odds, and there are no folds.

    Parameters
    ----------
    members, inner_folds, combine, random_state
        See `_Stack`; combine is "learned" or "mean".
    """

    task = "classification"

    def __init__(
        self,
        members: tuple[str | Mapping[str, Any], ...] = ("logistic", "random_forest"),
        inner_folds: int = 5,
        combine: str = "learned",
        random_state: int = 0,
    ) -> None:
        self.members = members
        self.inner_folds = inner_folds
        self.combine = combine
        self.random_state = random_state

    def fit(
        self, X: NDArray[np.float64], y: NDArray[np.int64], groups: NDArray[np.int64] | None = None
    ) -> StackedClassifier:
        """Fit the members and the logistic regression; parameters and errors as in `StackedRegressor.fit`."""
        from sklearn.linear_model import LogisticRegression

        if self.combine not in ("learned", "mean"):
            raise ValueError(f'unknown combine "{self.combine}" for classes; there are learned, mean')
        X, y = np.asarray(X), np.asarray(y)
        self.classes_ = np.unique(y)
        self.final_ = None
        if self.combine == "learned":
            self.final_ = LogisticRegression(max_iter=1000).fit(self._unseen(X, y, groups, ""), y)
        self._fit(X, y, groups, "")
        return self

    def predict_proba(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each class, (n, classes)."""
        odds = self._said(self.members_, np.asarray(X))
        if self.final_ is not None:
            return self.final_.predict_proba(odds)  # type: ignore[no-any-return]
        mean = odds.reshape(len(odds), len(self.members_), self._width).mean(axis=1)
        exponential = np.exp(np.concatenate([np.zeros((len(mean), 1)), mean], axis=1))
        return np.asarray(exponential / exponential.sum(axis=1, keepdims=True))

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
