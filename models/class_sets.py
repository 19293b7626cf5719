"""Sets of classes that hold the true one with a given probability, from rows a model had not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClassSets:
    """How improbable the true class was, on unseen rows, taken as the distribution for the next row.

    For rows exchangeable with those, the set of level c holds the true class in at least c of the cases (split
    conformal prediction: Sadinle, Lei & Wasserman 2019, doi:10.1080/01621459.2017.1395341). That is over all rows;
    a rare class may be held less often.

    Attributes
    ----------
    surprise
        Sorted 1 − p(true class), (n,).
    """

    surprise: NDArray[np.float64]

    @classmethod
    def of(cls, y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> ClassSets:
        """Take the probabilities, (n, classes), that were given to rows outside the training set."""
        return cls(np.sort(1.0 - probability[np.arange(len(y_true)), y_true]))

    def threshold(self, confidence: float) -> float:
        """Return the surprise up to which a class belongs to the set, inf where rows are too few.

        It is the ⌈(n + 1)·confidence⌉-th smallest.
        """
        n = len(self.surprise)
        rank = math.ceil((n + 1) * confidence)
        return math.inf if rank > n else float(self.surprise[rank - 1])

    def holds(self, probability: NDArray[np.float64], confidence: float) -> NDArray[np.bool_]:
        """Return which classes are in the set of each row, (rows, classes).

        The most probable class always is, so that no set is empty.

        Examples
        --------
        >>> sets = ClassSets(np.linspace(0.05, 0.5, 10))
        >>> sets.holds(np.array([[0.9, 0.1], [0.5, 0.5]]), 0.9).tolist()
        [[True, False], [True, True]]
        """
        inside = 1.0 - probability <= self.threshold(confidence)
        inside[np.arange(len(probability)), np.argmax(probability, axis=1)] = True
        return inside
