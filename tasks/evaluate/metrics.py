"""How far predictions are from what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.tracking.records import mean_and_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mean_squared_error(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> float:
    """Return MSE = (1/n) Σ (yᵢ − ŷᵢ)², in the target's unit squared."""
    return float(np.mean((y_true - y_pred) ** 2))


def root_mean_squared_error(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> float:
    """Return RMSE = √MSE, in the target's unit."""
    return float(np.sqrt(mean_squared_error(y_true, y_pred)))


def mean_absolute_error(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> float:
    """Return MAE = (1/n) Σ |yᵢ − ŷᵢ|, in the target's unit."""
    return float(np.mean(np.abs(y_true - y_pred)))


def r_squared(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> float:
    """Return R² = 1 − Σ (yᵢ − ŷᵢ)² / Σ (yᵢ − ȳ)², NaN where all yᵢ are alike.

    Examples
    --------
    >>> r_squared(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0]))
    0.0
    """
    variation = float(np.sum((y_true - np.mean(y_true)) ** 2))
    if variation == 0.0:
        return float("nan")
    return 1.0 - float(np.sum((y_true - y_pred) ** 2)) / variation


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """A metric: its name in files, how it is computed, and whether less is better."""

    name: str
    compute: Callable[[NDArray[np.float64], NDArray[np.float64]], float]
    less_is_better: bool


METRICS: Mapping[str, MetricSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            MetricSpec("mae", mean_absolute_error, less_is_better=True),
            MetricSpec("rmse", root_mean_squared_error, less_is_better=True),
            MetricSpec("mse", mean_squared_error, less_is_better=True),
            MetricSpec("r2", r_squared, less_is_better=False),
        )
    }
)


@dataclass(frozen=True, slots=True)
class FoldScores:
    """One metric over the folds: its values, their mean, and their standard deviation (n − 1)."""

    mean: float
    std: float
    folds: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> FoldScores:
        """Summarise the values of the folds.

        Examples
        --------
        >>> FoldScores.of([1.0, 3.0])
        FoldScores(mean=2.0, std=1.4142135623730951, folds=(1.0, 3.0))
        """
        # The same function as the tracking writer's, so that MLflow has these numbers to the last bit.
        mean, spread = mean_and_spread(values)
        return cls(mean, spread, tuple(values))


def score_folds(
    y_true: NDArray[np.float64], y_pred: NDArray[np.float64], fold: NDArray[np.int64]
) -> dict[str, FoldScores]:
    """Return every metric over the folds.

    Parameters
    ----------
    y_true, y_pred
        Measured and predicted values, (n,).
    fold
        The fold each row was predicted in, (n,).
    """
    parts = [fold == number for number in np.unique(fold)]
    return {
        name: FoldScores.of([spec.compute(y_true[part], y_pred[part]) for part in parts])
        for name, spec in METRICS.items()
    }
