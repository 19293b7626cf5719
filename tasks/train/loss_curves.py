"""The loss of a model's folds against epochs, as one curve that a chart can hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.workspace.arrays import read_arrays
from matsluice.models.loss_history import COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More points no chart tells apart, and MLflow would write for seconds.
MOST_POINTS = 1000

Curve = tuple[tuple[int, float], ...]


def loss_curves(outputs: Sequence[str | Path]) -> dict[str, Curve]:
    """Return the curves `loss` and `validation_loss` of (epoch, mean over the folds), as far as the folds have them.

    Epochs count from 1. A fold that has stopped stays at its last loss, as its network does. Of more than 1000 epochs
    evenly spaced ones are kept, the first and the last among them.

    Parameters
    ----------
    outputs
        Files of `fit_fold`, one a fold.
    """
    curves: dict[str, Curve] = {}
    parts = [read_arrays(path) for path in outputs]
    for name in COLUMNS:
        # A fold of an attempt by an earlier version has none.
        folds = [part.get(name, np.empty(0)) for part in parts]
        if all(map(len, folds)):
            curves[name] = thinned(mean_of_folds(folds))
    return curves


def mean_of_folds(folds: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean over the folds in each epoch, (most epochs,).

    Examples
    --------
    >>> mean_of_folds([np.array([4.0, 2.0, 1.0]), np.array([2.0, 1.0])]).tolist()
    [3.0, 1.5, 1.0]
    """
    epochs = max(map(len, folds))
    padded = np.stack([np.pad(fold, (0, epochs - len(fold)), mode="edge") for fold in folds])
    return np.asarray(padded.mean(axis=0))


def thinned(losses: NDArray[np.float64], most: int = MOST_POINTS) -> Curve:
    """Return (epoch, loss) of at most so many evenly spaced epochs, the first and the last among them.

    Examples
    --------
    >>> thinned(np.array([9.0, 7, 5, 3, 1]), most=3)
    ((1, 9.0), (3, 5.0), (5, 1.0))
    """
    places = np.unique(np.linspace(0, len(losses) - 1, min(most, len(losses))).round().astype(np.int64))
    return tuple((int(place) + 1, float(losses[place])) for place in places)
