"""Intervals and probabilities from the errors made on rows a model had not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ResidualDistribution:
    """Errors y − ŷ on unseen rows, taken as the distribution of the next error.

    For rows exchangeable with those, an interval of level c covers at least c of the cases (split conformal
    prediction: Lei et al. 2018, doi:10.1080/01621459.2017.1307116). That also holds of errors divided by what was
    expected of each row without knowing its value; then all lengths here are in units of the expected error.

    Attributes
    ----------
    residuals
        Sorted errors, (n,), in the target's unit.
    """

    residuals: NDArray[np.float64]

    @classmethod
    def of(cls, y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> ResidualDistribution:
        """Take the errors of predictions made for rows outside the training set."""
        return cls(np.sort(np.asarray(y_true, np.float64) - np.asarray(y_pred, np.float64)))

    def half_width(self, confidence: float) -> float:
        """Return q such that ŷ ± q holds the value with the given probability, inf where rows are too few.

        It is the ⌈(n + 1)·confidence⌉-th smallest absolute error.

        Examples
        --------
        >>> errors = ResidualDistribution.of(np.arange(10.0), np.zeros(10))
        >>> errors.half_width(0.8), errors.half_width(0.99)
        (8.0, inf)
        """
        n = len(self.residuals)
        rank = math.ceil((n + 1) * confidence)
        if rank > n:
            return math.inf
        return float(np.sort(np.abs(self.residuals))[rank - 1])

    def level(self, residual: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return below which confidence an interval misses a value that is off by this much, (n,).

        An interval holds the value at every confidence above the level, and at none up to it.

        Examples
        --------
        >>> errors = ResidualDistribution.of(np.arange(9.0), np.zeros(9))
        >>> errors.level(np.array([0.0, -3.0, 99.0])).tolist()
        [0.0, 0.3, 0.9]
        """
        size = np.sort(np.abs(self.residuals))
        return np.asarray(np.searchsorted(size, np.abs(residual), side="left") / (len(size) + 1))

    def probability_between(
        self, y_pred: NDArray[np.float64], low: float, high: float, scale: NDArray[np.float64] | float = 1.0
    ) -> NDArray[np.float64]:
        """Return the probability (rows,) that low ≤ value ≤ high, for predictions (rows,).

        Parameters
        ----------
        y_pred
            Predictions, (rows,).
        low, high
            The window, in the target's unit; either end may be infinite.
        scale
            The expected error of each row, (rows,), where `residuals` are in its units.

        Examples
        --------
        >>> errors = ResidualDistribution.of(np.array([-1.0, 0.0, 1.0, 2.0]), np.zeros(4))
        >>> errors.probability_between(np.array([0.0]), 0.0, 1.0).tolist()
        [0.5]
        >>> errors.probability_between(np.array([0.0]), 0.0, 1.0, scale=np.array([0.5])).tolist()
        [0.75]
        """
        below_or_at_high = np.searchsorted(self.residuals, (high - y_pred) / scale, side="right")
        below_low = np.searchsorted(self.residuals, (low - y_pred) / scale, side="left")
        return (below_or_at_high - below_low) / max(len(self.residuals), 1)

    def mean_beyond(self, threshold: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean (rows,) of max(0, error − threshold) over the errors: how far the next one reaches beyond.

        Examples
        --------
        >>> errors = ResidualDistribution.of(np.array([-1.0, 0.0, 1.0, 2.0]), np.zeros(4))
        >>> errors.mean_beyond(np.array([0.5, -1.0, 3.0])).tolist()
        [0.5, 1.5, 0.0]
        """
        n = len(self.residuals)
        if not n:
            return np.maximum(0.0, -threshold)
        # Sums of the k largest errors, k = n … 0.
        above = np.append(np.cumsum(self.residuals[::-1])[::-1], 0.0)
        first = np.searchsorted(self.residuals, threshold, side="right")
        return np.asarray(np.maximum(0.0, (above[first] - (n - first) * threshold) / n))

    def mirrored(self) -> ResidualDistribution:
        """Return the errors with their signs turned, as those of the negative value are."""
        return ResidualDistribution(-self.residuals[::-1])
