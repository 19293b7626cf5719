"""How far predictions are from what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

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


def median_absolute_error(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> float:
    """Return the median of |yᵢ − ŷᵢ|, in the target's unit: the error of the typical row, whatever the worst are."""
    return float(np.median(np.abs(y_true - y_pred)))


def rank_correlation(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> float:
    """Return Spearman's ρ, the correlation of the ranks (ties share theirs); NaN where either has one value only.

    What a ranking of candidates lives on. Spearman 1904, doi:10.2307/1412159.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 100.0]))
    1.0
    """
    from scipy.stats import rankdata  # type: ignore[import-untyped]  # it ships no types

    ranks = [rankdata(values) - (len(values) + 1) / 2 for values in (y_true, y_pred)]
    size = float(np.sqrt(np.sum(ranks[0] ** 2) * np.sum(ranks[1] ** 2)))
    return float(np.sum(ranks[0] * ranks[1])) / size if size > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """A metric.

    Attributes
    ----------
    name
        In files.
    compute
        From what was measured and what was predicted; NaN where it is not defined.
    less_is_better
        Whether a small value is a good one.
    undefined
        Why it may not be defined; "" for one that always is.
    """

    name: str
    compute: Callable[[NDArray[Any], NDArray[np.float64]], float]
    less_is_better: bool
    undefined: str = ""


METRICS: Mapping[str, MetricSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            MetricSpec("mae", mean_absolute_error, less_is_better=True),
            MetricSpec("rmse", root_mean_squared_error, less_is_better=True),
            MetricSpec("mse", mean_squared_error, less_is_better=True),
            MetricSpec("r2", r_squared, less_is_better=False, undefined="all measured values are alike"),
            MetricSpec("medae", median_absolute_error, less_is_better=True),
            MetricSpec(
                "spearman",
                rank_correlation,
                less_is_better=False,
                undefined="all measured or all predicted values are alike",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class FoldScores:
    """One metric over the folds: its values, their mean, and their standard deviation (n − 1).

    Where a fold has no value (NaN) there is no mean either, and `undefined` says which fold and why.
    """

    mean: float
    std: float
    folds: tuple[float, ...]
    undefined: str = ""

    @classmethod
    def of(cls, values: Sequence[float], why: str = "") -> FoldScores:
        """Summarise the values of the folds; `why` is what it means that one is NaN.

        Examples
        --------
        >>> FoldScores.of([1.0, 3.0])
        FoldScores(mean=2.0, std=1.4142135623730951, folds=(1.0, 3.0), undefined='')
        """
        # The same function as the tracking writer's, so that MLflow has these numbers to the last bit.
        mean, spread = mean_and_spread(values)
        missing = [str(number) for number, value in enumerate(values) if math.isnan(value)]
        undefined = f"in fold {', '.join(missing)} {why}" if missing and why else ""
        return cls(mean, spread, tuple(values), undefined)


def score_folds(
    y_true: NDArray[Any],
    y_pred: NDArray[np.float64],
    fold: NDArray[np.int64],
    metrics: Mapping[str, MetricSpec] = METRICS,
) -> dict[str, FoldScores]:
    """Return every metric over the folds.

    Parameters
    ----------
    y_true, y_pred
        Measured and predicted values, (n,); for classes the place of each, (n,), and probabilities, (n, classes).
    fold
        The fold each row was predicted in, (n,).
    metrics
        Those that are asked for.
    """
    parts = [fold == number for number in np.unique(fold)]
    return {
        name: FoldScores.of([spec.compute(y_true[part], y_pred[part]) for part in parts], spec.undefined)
        for name, spec in metrics.items()
    }
