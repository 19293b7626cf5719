"""What models leave unexplained, and what they have explained it with, task by task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.sisso.targets import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


def residuals_of(
    models: Sequence[Sequence[int]], standard: NDArray[np.float64], target: NDArray[np.float64], rows: Rows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each model's residual, and an orthonormal basis of its features.

    Parameters
    ----------
    models
        G models of S features each, as indices.
    standard
        Features (M, n) of mean 0 and variance 1 within each task.
    target
        (n,) of mean 0 within each task.
    rows
        Weights and tasks.

    Returns
    -------
    (residuals (G, n), basis (G, S, n)); the basis has Σ w b² = 1 within each task, and zeros for a feature that the
    others of its model contain.
    """
    size = len(models[0])
    left = np.repeat(target[None], len(models), axis=0)
    basis = np.zeros((len(models), size, len(target)))
    for number, model in enumerate(models):
        for task in rows.tasks:
            root = np.sqrt(rows.weights[task])
            columns = (standard[list(model), task] * root).T
            orthonormal, triangle = np.linalg.qr(columns)
            diagonal = np.abs(np.diag(triangle))
            own = orthonormal[:, diagonal > 1e-6 * max(diagonal.max(initial=0.0), 1e-300)]
            left[number, task] -= own @ (own.T @ (target[task] * root)) / root
            basis[number, : own.shape[1], task] = own.T / root
    return left, basis
