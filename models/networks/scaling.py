"""Features and targets brought to the size networks learn best from, and what they were, to go back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Scaling:
    """``scaled = (value − centre) / width``, column by column.

    Attributes
    ----------
    centre, width
        Shape (columns,). The width of a column that does not vary is infinite: it is 0 whatever comes later, since
        nothing could be learned from it.
    """

    centre: NDArray[np.float64]
    width: NDArray[np.float64]

    def scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values (rows, columns), scaled."""
        return np.asarray((values - self.centre) / self.width)

    def unscaled(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values that were scaled."""
        return np.asarray(scaled * self.width + self.centre)


def standard(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Scaling:
    """Return the scaling to weighted mean 0 and variance 1.

    Examples
    --------
    >>> scaling = standard(np.array([[1e12, 5.0], [3e12, 5.0]]), np.ones(2))
    >>> scaling.scaled(np.array([[1e12, 5.0], [3e12, 6.0]])).round(12).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    share = weights / weights.sum()
    largest = np.abs(values).max(axis=0)
    # Divided first, so that squares of 1e200 do not overflow.
    size = np.where(largest > 0, largest, 1.0)
    mean = share @ (values / size)
    spread = np.sqrt(share @ (values / size - mean) ** 2)
    return Scaling(mean * size, _width(spread * size, largest))


def to_unit_range(values: NDArray[np.float64]) -> Scaling:
    """Return the scaling of each column's range to [−1, 1].

    Examples
    --------
    >>> to_unit_range(np.array([[0.0, 2.0], [4.0, 2.0]])).scaled(np.array([[1.0, 2.0]])).tolist()
    [[-0.5, 0.0]]
    """
    low, high = values.min(axis=0) / 2, values.max(axis=0) / 2
    return Scaling(low + high, _width(high - low, np.abs(values).max(axis=0)))


def _width(spread: NDArray[np.float64], largest: NDArray[np.float64]) -> NDArray[np.float64]:
    # Below this a column's spread is the rounding of its mean.
    varies = spread > 32 * np.finfo(np.float64).eps * largest
    return np.where(varies, spread, np.inf)
