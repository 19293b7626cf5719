"""Probabilities for a classifier that only knows on which side of a border a row lies, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from matsluice.models.inner_folds import inner_folds
from matsluice.models.wrapped import Wrapped

if TYPE_CHECKING:
    from numpy.typing import NDArray


class CalibratedMargin(Wrapped):
    """A margin classifier whose scores a logistic regression turns into probabilities (Platt 1999).

    The logistic regression learns from scores of rows that the classifier was not fitted on, in folds that keep the
    groups of the outer split: scores of rows learned from are too sure of themselves, and so are those of their kin.

    Parameters
    ----------
    estimator
        What learns; it has `decision_function`. It sees the classes as 0, 1, … (see `ContiguousClasses`).
    folds
        Number of folds the scores come from.
    random_state
        Seed of their shuffle.
    """

    def __init__(self, estimator: Any, folds: int = 5, random_state: int = 0) -> None:
        self.estimator = estimator
        self.folds = folds
        self.random_state = random_state

    def fit(
        self, X: NDArray[np.float64], y: NDArray[np.int64], groups: NDArray[np.int64] | None = None
    ) -> CalibratedMargin:
        """Fit the classifier on all rows, and the logistic regression on scores from outside.

        Raises
        ------
        ValueError
            No class but one has rows in two groups or more, so that there is nothing to calibrate on.
        """
        from sklearn.linear_model import LogisticRegression

        classes = np.unique(y)
        scores = np.full((len(y), 1 if len(classes) == 2 else len(classes)), np.nan)
        for rows, others in inner_folds(y, groups, self.folds, self.random_state, classes=True):
            if len(np.unique(y[rows])) < 2:
                continue
            part: Any = clone(self.estimator)
            scores[others] = _scores(part.fit(X[rows], y[rows]), X[others], classes)
        scored = np.flatnonzero(np.isfinite(scores).all(axis=1))
        if len(np.unique(y[scored])) < len(classes):
            raise ValueError(
                "the margins cannot be turned into probabilities: outside the rows learned from there are "
                f"{len(np.unique(y[scored]))} of {len(classes)} classes; give every class rows of at least two "
                "materials, or use another model"
            )
        whole: Any = clone(self.estimator)
        self.estimator_ = whole.fit(X, y)
        self.logistic_ = LogisticRegression(max_iter=1000).fit(scores[scored], y[scored])
        return self

    @property
    def classes_(self) -> NDArray[np.int64]:
        """The classes learned from."""
        return self.logistic_.classes_  # type: ignore[no-any-return]

    # It is there whatever the estimator has, where the parent asks the estimator first.
    def predict_proba(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, X: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability of each class, (n, classes)."""
        return self.logistic_.predict_proba(_scores(self.estimator_, X, self.classes_))  # type: ignore[no-any-return]

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the most probable class, (n,)."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X), axis=1)])


def _scores(fitted: Any, X: NDArray[np.float64], classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a score for each class, (n, classes), or of two classes the second one's, (n, 1)."""
    margin = np.asarray(fitted.decision_function(X), dtype=np.float64)
    known = np.searchsorted(classes, fitted.classes_)
    if len(classes) == 2:
        return margin[:, None]
    # One-against-rest scores lie about −1 for a class that is out of the question.
    scores = np.full((len(X), len(classes)), -1.0)
    scores[:, known] = np.stack([-margin, margin], axis=1) if margin.ndim == 1 else margin
    return scores
