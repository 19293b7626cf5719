"""What is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.residual_distribution import ResidualDistribution


@dataclass(frozen=True, slots=True)
class Objective:
    """A window in the target's unit, or a direction.

    Attributes
    ----------
    low, high
        The window; infinite where it has no bound there.
    direction
        1 to look for the largest values, −1 for the smallest, 0 for a window.
    """

    low: float = -np.inf
    high: float = np.inf
    direction: int = 0

    def met(self, value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each prediction (n,) whether it lies in the window; a direction takes all.

        Examples
        --------
        >>> Objective(1.1, 1.7).met(np.array([1.0, 1.1, 2.0])).tolist()
        [False, True, False]
        """
        return (value >= self.low) & (value <= self.high)

    def probability(self, value: NDArray[np.float64], residuals: ResidualDistribution) -> NDArray[np.float64]:
        """Return the probability (n,) that the true value meets the window; NaN for a direction."""
        if self.direction:
            return np.full(len(value), np.nan)
        return residuals.probability_between(value, self.low, self.high)

    def merit(self, value: NDArray[np.float64], probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what candidates are ranked by (n,), the largest first."""
        return self.direction * value if self.direction else probability

    def text(self, target: str, unit: str) -> str:
        """Return the objective as words.

        Examples
        --------
        >>> Objective(1.1, 1.7).text("band_gap", "eV")
        'band_gap between 1.1 and 1.7 eV'
        """
        if self.direction:
            return f"{'largest' if self.direction > 0 else 'smallest'} {target} ({unit})"
        if np.isinf(self.low):
            return f"{target} at most {self.high:g} {unit}"
        if np.isinf(self.high):
            return f"{target} at least {self.low:g} {unit}"
        return f"{target} between {self.low:g} and {self.high:g} {unit}"
