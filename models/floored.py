"""A regression of values that often are the least there can be: is a value above it, and then, by how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from matsluice.models.stack import StackedClassifier, StackedRegressor
from matsluice.models.validated import validated

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Where fewer of the rows have the least value, it is no floor but the least of many.
LEAST_SHARE = 0.05
# The mean of a distribution is taken over so many of its quantiles, at the middle of equal shares.
QUANTILES = 200
PREDICTS = ("mean", "median")


@dataclass(frozen=True, slots=True)
class Scale:
    """A growing function of a height above the floor, in which heights are learned, and its inverse."""

    of: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    inverse: Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _same(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values


def _square(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(values, 0.0) ** 2)


SCALES: Mapping[str, Scale] = MappingProxyType(
    {"log": Scale(np.log, np.exp), "sqrt": Scale(np.sqrt, _square), "none": Scale(_same, _same)}
)


class FlooredRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A hurdle model (Cragg 1971): a classifier for what is above the floor, and a regression of what is.

    Both are stacks. Together they give a distribution: the floor with the probability that the classifier says, and
    else a height, spread as the errors of the regression are for rows it was not fitted on. Its median is the floor
    where that is the likelier half; a mean never is.

    Parameters
    ----------
    classifiers, regressors
        Members of the two stacks: kinds of model by name, or tables with the keys name, kind and params.
    inner_folds
        Number of folds that members are judged by.
    floor
        The least value there can be; None for the least of the training values where at least a twentieth of them
        have it. Without a floor there is no hurdle: the regression learns the values themselves.
    scale
        What the regression learns of a height h above the floor: "log" h, "sqrt" h, or h itself ("none").
    predicts
        "mean" or "median" of the distribution.
    random_state
        Seed of folds and members.
    """

    def __init__(
        self,
        classifiers: tuple[str | Mapping[str, Any], ...] = ("extra_trees", "xgboost"),
        regressors: tuple[str | Mapping[str, Any], ...] = ("extra_trees", "xgboost"),
        inner_folds: int = 5,
        floor: float | None = None,
        scale: str = "log",
        predicts: str = "median",
        random_state: int = 0,
    ) -> None:
        self.classifiers = classifiers
        self.regressors = regressors
        self.inner_folds = inner_folds
        self.floor = floor
        self.scale = scale
        self.predicts = predicts
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Tags of scikit-learn: members fill undefined features, each in its way."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(
        self, X: NDArray[np.float64], y: NDArray[np.float64], groups: NDArray[np.int64] | None = None
    ) -> FlooredRegressor:
        """Fit both stacks.

        Parameters
        ----------
        X, y
            Features, (n, columns), and values, (n,).
        groups
            The group of each row, (n,), none of which stands on both sides of an inner fold.

        Raises
        ------
        ValueError
            A value lies below the floor, all lie on it, `scale` or `predicts` is no known word, or a stack refuses
            the rows.
        """
        _check_word("scale", self.scale, SCALES)
        _check_word("predicts", self.predicts, PREDICTS)
        X, y = validated(self, X, y, y_numeric=True, ensure_all_finite="allow-nan")
        y = np.asarray(y, dtype=np.float64)
        if len(y) < 2:
            raise ValueError(f"a hurdle model learns from at least 2 rows, got {len(y)} sample")
        self.floor_ = found_floor(y) if self.floor is None else float(self.floor)
        # By median and absolute error in its own scale: a growing function of a median is the median of the function.
        size = StackedRegressor(
            self.regressors, self.inner_folds, objective="mae", random_state=self.random_state
        )
        self.above_ = None
        if self.floor_ is None:
            self.size_ = size.fit(X, y, groups)
            return self
        above = y > self.floor_
        _check_floor(y, above, self.floor_)
        kept = None if groups is None else groups[above]
        self.size_ = size.fit(X[above], SCALES[self.scale].of(y[above] - self.floor_), kept)
        if not above.all():
            whether = StackedClassifier(self.classifiers, self.inner_folds, random_state=self.random_state)
            self.above_ = whether.fit(X, above.astype(np.int64), groups)
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the median or the mean, (n,)."""
        if self.predicts == "median":
            return self.predict_quantiles(X, [0.5])[:, 0]
        shares = (np.arange(QUANTILES) + 0.5) / QUANTILES
        return np.asarray(self.predict_quantiles(X, shares).mean(axis=1))

    def predict_quantiles(
        self, X: NDArray[np.float64], levels: Sequence[float] | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the value below which each share `levels`, (k,) or (n, k), of a row's distribution lies, (n, k)."""
        check_is_fitted(self)
        X = validated(self, X, reset=False, ensure_all_finite="allow-nan")
        if self.floor_ is None:
            return self.size_.predict_quantiles(X, levels)
        asked = np.broadcast_to(np.asarray(levels, dtype=np.float64), (len(X), np.shape(levels)[-1]))
        on_floor = 1.0 - self.probability_above(X)[:, None]
        high = asked > on_floor
        # The share of the heights alone that lies below, where the floor's share is less than what is asked for.
        left = np.where(high, (asked - on_floor) / np.where(high, 1.0 - on_floor, 1.0), 0.0)
        heights = SCALES[self.scale].inverse(self.size_.predict_quantiles(X, left))
        return np.asarray(np.where(high, self.floor_ + heights, self.floor_))

    def probability_above(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability that a value lies above the floor, (n,)."""
        if self.above_ is None:
            return np.ones(len(X))
        return np.asarray(self.above_.predict_proba(X)[:, 1])


def found_floor(y: NDArray[np.float64]) -> float | None:
    """Return the least value where a twentieth of all have it, and two at least; None where it is one of many.

    Examples
    --------
    >>> found_floor(np.array([0.0, 0.0, 1.2, 3.4])), found_floor(np.array([0.1, 0.2, 1.2, 3.4]))
    (0.0, None)
    """
    least = float(y.min())
    there = int((y == least).sum())
    return least if 2 <= there < len(y) and there >= LEAST_SHARE * len(y) else None


def _check_word(name: str, word: str, known: Mapping[str, Any] | tuple[str, ...]) -> None:
    if word not in known:
        raise ValueError(f'unknown {name} "{word}"; there are {", ".join(known)}')


def _check_floor(y: NDArray[np.float64], above: NDArray[np.bool_], floor: float) -> None:
    if y.min() < floor:
        raise ValueError(f"the floor is {floor:g}, and there is a value of {y.min():g} below it: lower floor")
    if not above.any():
        raise ValueError(f"every value lies on the floor, {floor:g}: there is nothing to learn")
