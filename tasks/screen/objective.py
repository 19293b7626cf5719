"""What is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Objective:
    """A window in the target's unit, or a direction; of a target with classes, in the probability of one of them.

    Attributes
    ----------
    low, high
        The window; infinite where it has no bound there.
    direction
        1 to look for the largest values, −1 for the smallest, 0 for a window.
    wanted_class
        The class whose probability is meant, and its place among the classes; "" and −1 where the target is a number.
    place
        See `wanted_class`.
    """

    low: float = -np.inf
    high: float = np.inf
    direction: int = 0
    wanted_class: str = ""
    place: int = -1

    def met(self, value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each prediction (n,) whether it lies in the window; a direction takes all.

        Examples
        --------
        >>> Objective(1.1, 1.7).met(np.array([1.0, 1.1, 2.0])).tolist()
        [False, True, False]
        """
        return (value >= self.low) & (value <= self.high)

    def probability(
        self, value: NDArray[np.float64], between: Callable[[float, float], NDArray[np.float64]] | None
    ) -> NDArray[np.float64]:
        """Return the probability (n,) that the true value meets the window, NaN for a direction; or that of the class.

        Parameters
        ----------
        value
            Predictions, or probabilities of the class, (n,).
        between
            From the ends of a window to the probability (n,) that the true value lies in it; None where classes are
            predicted.
        """
        if between is None:
            return value
        if self.direction:
            return np.full(len(value), np.nan)
        return between(self.low, self.high)

    def merit(self, value: NDArray[np.float64], probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what candidates are ranked by (n,), the largest first.

        Of a class that is its probability, or where little of it is looked for, that of the others.
        """
        if self.direction:
            return self.direction * value
        if self.place >= 0 and np.isinf(self.low) and np.isfinite(self.high):
            return -probability
        return probability

    def text(self, target: str, unit: str) -> str:
        """Return the objective as words.

        Examples
        --------
        >>> Objective(1.1, 1.7).text("band_gap", "eV")
        'band_gap between 1.1 and 1.7 eV'
        >>> Objective(low=0.9, wanted_class="true", place=1).text("is_metal", "")
        'probability of is_metal = true at least 0.9'
        """
        of = f"probability of {target} = {self.wanted_class}" if self.place >= 0 else target
        if self.direction:
            return f"{'largest' if self.direction > 0 else 'smallest'} {of}" + (f" ({unit})" if unit else "")
        if np.isinf(self.low):
            return f"{of} at most {self.high:g} {unit}".rstrip()
        if np.isinf(self.high):
            return f"{of} at least {self.low:g} {unit}".rstrip()
        return f"{of} between {self.low:g} and {self.high:g} {unit}".rstrip()
