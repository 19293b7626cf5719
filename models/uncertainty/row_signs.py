"""What a model and its training rows say of some rows beside the prediction."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# How many of the nearest training rows a prediction is compared with.
NEIGHBOURS = 10


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RowSigns:
    """Signs of how hard rows are to predict, known without their true values; every array of shape (n,).

    Attributes
    ----------
    prediction
        The predicted value, in the target's unit; of classes the place of the most probable one.
    distance
        To the nearest training row, in standard deviations of a feature.
    disagreement
        Root mean square of (value − prediction) over the nearest training rows, in the target's unit; NaN for
        classes.
    spread
        Standard deviation among an ensemble's members, in the target's unit; NaN where the model has none.
    in_domain
        Whether the row lies in the applicability domain.
    elements
        Number of distinct elements; 0 where it is not known.
    """

    prediction: NDArray[Any]
    distance: NDArray[np.float64]
    disagreement: NDArray[np.float64]
    spread: NDArray[np.float64]
    in_domain: NDArray[np.bool_]
    elements: NDArray[np.int64]

    def __len__(self) -> int:
        """Return n."""
        return len(self.prediction)

    def take(self, rows: NDArray[Any]) -> RowSigns:
        """Return the signs of some rows, by their places or by a mask."""
        return RowSigns(**{name: values[rows] for name, values in self.arrays().items()})

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return name → array, as a file keeps them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> RowSigns:
        """Return what `arrays` gave, from a mapping that may hold more."""
        return cls(**{field.name: np.asarray(arrays[field.name]) for field in fields(cls)})

    @classmethod
    def nothing_known(cls, prediction: NDArray[Any]) -> RowSigns:
        """Return signs that say nothing but the prediction (n,).

        Examples
        --------
        >>> RowSigns.nothing_known(np.array([1.0, 2.0])).spread.tolist()
        [nan, nan]
        """
        n = len(prediction)
        nan = np.full(n, np.nan)
        return cls(prediction, nan, nan, nan, np.ones(n, dtype=bool), np.zeros(n, dtype=np.int64))

    def of_difficulty(self) -> NDArray[np.float64]:
        """Return the signs that may tell how large an error will be, (n, 4), NaN where one is not known."""
        return np.stack([self.prediction, self.distance, self.disagreement, self.spread], axis=1).astype(
            np.float64
        )


def disagreement(
    prediction: NDArray[np.float64], labels: NDArray[np.float64], nearest: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how far the nearest training rows' values lie from the prediction, (n,), as a root mean square.

    It is large where a model differs from its data and where the data differ among themselves.

    Parameters
    ----------
    prediction
        Predicted values, (n,).
    labels
        Values of the training rows, (m,).
    nearest
        Places of each row's nearest training rows, (n, k).

    Examples
    --------
    >>> disagreement(np.array([1.0]), np.array([0.0, 2.0, 9.0]), np.array([[0, 1]])).tolist()
    [1.0]
    """
    apart = labels[nearest] - np.asarray(prediction, dtype=np.float64)[:, None]
    return np.asarray(np.sqrt((apart**2).mean(axis=1)))
