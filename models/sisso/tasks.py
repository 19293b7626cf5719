"""Which rows are learned from, and which task each belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.sisso.checked import task_numbers
from matsluice.models.sisso.regression import Training

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rows_to_learn_from(
    X: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64], tasks: Any, *, several: bool
) -> tuple[Training, NDArray[np.int64], dict[Any, int]]:
    """Return the rows with a weight and a target, which rows of X they are, and the number of each task.

    A target of several columns is so many tasks.
    """
    origin = np.arange(len(X))
    if several:
        if tasks is not None:
            raise ValueError(
                "y of several columns has a task in each; give either that or tasks=, and not both"
            )
        task = np.tile(np.arange(y.shape[1]), len(y))
        origin = np.repeat(origin, y.shape[1])
        X, weights, y = np.repeat(X, y.shape[1], axis=0), np.repeat(weights, y.shape[1]), y.ravel()
        known: dict[Any, int] = {number: number for number in range(int(task.max()) + 1)}
        if len(known) == 1:
            known = {"": 0}
    else:
        task, known = task_numbers(tasks, len(X))
    kept = (weights > 0.0) & ~np.isnan(y)
    return Training(X, y, weights, task).take(kept), origin[kept], known
