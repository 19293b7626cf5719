"""How far a model is off where it predicts as it does here, from its errors on rows it was not fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Rows answered at a time: each looks at `neighbours` errors.
ROWS_AT_A_TIME = 1 << 14


@dataclass(frozen=True, slots=True)
class LocalErrors:
    """Errors of rows with like predictions, taken as the distribution of the next error.

    Many errors grow with the value, and near a bound they are lopsided; of all errors at once neither could be seen.

    Attributes
    ----------
    predicted
        Predictions for rows outside the training set, sorted, (n,).
    errors
        True less predicted value of each, (n,).
    neighbours
        How many errors, those of the nearest predictions, a distribution is made of; all where there are fewer.
    """

    predicted: NDArray[np.float64]
    errors: NDArray[np.float64]
    neighbours: int = 200

    @classmethod
    def of(
        cls, y_true: NDArray[np.float64], y_pred: NDArray[np.float64], neighbours: int = 200
    ) -> LocalErrors:
        """Take the errors of predictions made for rows outside the training set."""
        order = np.lexsort((y_true, y_pred))
        return cls(y_pred[order], (y_true - y_pred)[order], neighbours)

    def quantiles(
        self, predicted: NDArray[np.float64], levels: Sequence[float] | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the value below which each share of a row's distribution lies, (m, k).

        Parameters
        ----------
        predicted
            What is predicted for the rows, (m,).
        levels
            Shares from 0 to 1: (k,) for every row, or (m, k).

        Examples
        --------
        >>> errors = LocalErrors.of(np.array([1.0, 2.0, 4.0, 9.0]), np.array([1.0, 1.0, 5.0, 5.0]), neighbours=2)
        >>> errors.quantiles(np.array([1.0, 5.0]), [0.0, 0.5, 1.0]).tolist()
        [[1.0, 1.5, 2.0], [4.0, 6.5, 9.0]]
        """
        size = min(self.neighbours, len(self.errors))
        asked = np.broadcast_to(np.asarray(levels, dtype=np.float64), (len(predicted), np.shape(levels)[-1]))
        windows = np.lib.stride_tricks.sliding_window_view(self.errors, size)
        first = self._first(predicted, size)
        found = np.empty(asked.shape)
        for start in range(0, len(predicted), ROWS_AT_A_TIME):
            rows = slice(start, start + ROWS_AT_A_TIME)
            errors = np.sort(windows[first[rows]], axis=1)
            place = asked[rows] * (size - 1)
            below = np.minimum(place.astype(np.int64), size - 1)
            above = np.minimum(below + 1, size - 1)
            lower, upper = (np.take_along_axis(errors, which, axis=1) for which in (below, above))
            found[rows] = predicted[rows, None] + lower + (place - below) * (upper - lower)
        return found

    def _first(self, predicted: NDArray[np.float64], size: int) -> NDArray[np.int64]:
        """Return where the window of nearest predictions begins, (m,): as many below a row's own as above it."""
        middle = (
            np.searchsorted(self.predicted, predicted, "left")
            + np.searchsorted(self.predicted, predicted, "right")
        ) // 2
        return np.asarray(np.clip(middle - size // 2, 0, len(self.predicted) - size), dtype=np.int64)
