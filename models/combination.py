"""How the predictions of several models become one: weights that make an error small, or a fixed rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

if TYPE_CHECKING:
    from numpy.typing import NDArray

RULES = ("learned", "mean", "median")


class LeastAbsolute(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A constant and weights that are not negative, with the least sum of absolute errors.

    It is a linear programme: minimise Σ(uᵢ + vᵢ) where P w + b + u − v = y and w, u, v ≥ 0 (Charnes, Cooper & Ferguson
    1955, doi:10.1287/mnsc.1.2.138), solved exactly.
    """

    def fit(self, X: NDArray[np.float64], y: NDArray[np.float64]) -> LeastAbsolute:
        """Learn the weights `coef_` (columns,) and `intercept_` from predictions (n, columns) and values (n,)."""
        from scipy.optimize import linprog  # type: ignore[import-untyped]
        from scipy.sparse import csr_array, eye_array, hstack  # type: ignore[import-untyped]

        n, columns = X.shape
        # The solver's tolerances are absolute.
        size = float(np.std(y)) or float(np.abs(y).max()) or 1.0
        unit = eye_array(n, format="csr")
        matrix = hstack([csr_array(X / size), csr_array(np.ones((n, 1))), unit, -unit], format="csr")
        cost = np.concatenate([np.zeros(columns + 1), np.ones(2 * n)])
        bounds = [(0, None)] * columns + [(None, None)] + [(0, None)] * (2 * n)
        solved = linprog(cost, A_eq=matrix, b_eq=y / size, bounds=bounds, method="highs")
        if solved.x is None:
            raise ValueError(f"the weights of the members cannot be found: {solved.message}")
        self.coef_ = np.asarray(solved.x[:columns])
        self.intercept_ = float(solved.x[columns]) * size
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weighted sum, (n,)."""
        return np.asarray(X @ self.coef_ + self.intercept_)


class FixedRule(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The mean or the median of the members, in which there is nothing to learn: for few rows.

    Parameters
    ----------
    rule
        "mean" or "median".
    """

    def __init__(self, rule: str = "mean") -> None:
        self.rule = rule

    def fit(self, X: NDArray[np.float64], y: NDArray[np.float64]) -> FixedRule:  # noqa: ARG002 - nothing is learned
        """Note how many members there are; each weighs the same."""
        self.coef_ = np.full(X.shape[1], 1.0 / X.shape[1])
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean or the median of the columns, (n,)."""
        return np.asarray((np.mean if self.rule == "mean" else np.median)(X, axis=1))


def combination(rule: str, objective: str) -> Any:
    """Return what makes one prediction of several, unfitted.

    Parameters
    ----------
    rule
        "learned", "mean" or "median".
    objective
        What learned weights make small: "mse" or "mae".

    Raises
    ------
    ValueError
        There is no such rule or objective.

    Examples
    --------
    >>> predicted, y = np.array([[0.0, 3.0], [1.0, 3.0], [9.0, 3.0]]), np.array([0.0, 2.0, 18.0])
    >>> combination("learned", "mae").fit(predicted, y).coef_.tolist()
    [2.0, 0.0]
    """
    from sklearn.linear_model import LinearRegression

    if rule not in RULES:
        raise ValueError(f'unknown combine "{rule}"; there are {", ".join(RULES)}')
    if rule != "learned":
        return FixedRule(rule)
    if objective == "mae":
        return LeastAbsolute()
    if objective == "mse":
        return LinearRegression(positive=True)
    raise ValueError(f'unknown objective "{objective}"; there are mse and mae')
