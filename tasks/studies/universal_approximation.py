"""Universal approximation: how the error of one hidden layer falls with its width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTHS: Final = (1, 2, 4, 8, 16, 32, 64)
ACTIVATIONS: Final = ("sigmoid", "tanh", "relu", "silu")


def wave(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the default target on [−1, 1]: sin(6 x) exp(x / 2).

    Examples
    --------
    >>> wave(np.array([0.0])).tolist()
    [0.0]
    """
    return np.asarray(np.sin(6 * x) * np.exp(x / 2))


def error_by_width(
    target: Callable[[NDArray[np.float64]], NDArray[np.float64]] = wave,
    *,
    widths: Sequence[int] = WIDTHS,
    activations: Sequence[str] = ACTIVATIONS,
    starts: int = 3,
    steps: int = 2000,
    points: int = 400,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Fit f̂(x) = Σᵢ αᵢ σ(wᵢ x + bᵢ) of growing width to a function on [−1, 1].

    Fitted at `points` even places by L-BFGS; the error is taken at four times as many others. The theorem says
    how small
    the error can be made, not that training finds it: of some random starts the best is shown beside their median.

    Returns
    -------
    A line per activation and width: activation, width, largest_error (sup |f − f̂|), rmse, and median_largest_error over
    the starts; all in units of the target's standard deviation.
    """
    from matsluice.models.multilayer_perceptron.estimators import MLPRegressor

    x = np.linspace(-1, 1, points)
    between = np.linspace(-1, 1, 4 * points + 1)
    wanted, spread = target(between), float(target(between).std())
    table = []
    for activation in activations:
        for width in widths:
            misses = []
            for start in range(starts):
                model = MLPRegressor(
                    (width,), activation=activation, optimizer="lbfgs", epochs=steps, alpha=0.0, tolerance=1e-7,
                    patience=100, random_state=seed + start,
                )  # fmt: skip
                misses.append(model.fit(x[:, None], target(x)).predict(between[:, None]) - wanted)
            largest = np.abs(misses).max(axis=1) / spread
            best = int(np.argmin(largest))
            table.append({"activation": activation, "width": width, "largest_error": float(largest[best]),
                          "rmse": float(np.sqrt((misses[best] ** 2).mean()) / spread),
                          "median_largest_error": float(np.median(largest))})  # fmt: skip
    return table
