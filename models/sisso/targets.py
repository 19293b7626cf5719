"""What features are screened against: residuals of models, task by task, each of unit length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A residual this small beside the target is rounding: the model is exact.
EXACT: Final = 1e-20
# Share of a feature's size below which it does not vary.
ROUNDING: Final = 1e-10


@dataclass(frozen=True, slots=True)
class Rows:
    """Training rows, those of a task together.

    Attributes
    ----------
    weights
        (n,), positive; within each task they sum to 1.
    starts
        (tasks + 1,): where each task begins.
    shares
        (tasks,): weight of each task in the whole, summing to 1.
    """

    weights: NDArray[np.float64]
    starts: NDArray[np.int64]
    shares: NDArray[np.float64]

    @property
    def tasks(self) -> list[slice]:
        """The rows of each task."""
        return [slice(a, b) for a, b in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)]

    def total_weights(self) -> NDArray[np.float64]:
        """Return weights (n,) that sum to 1 over all rows."""
        return np.asarray(self.weights * np.repeat(self.shares, np.diff(self.starts)))

    def spreads(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard deviation (tasks, m) of features (m, n) in each task.

        The latter is 0 where a feature varies by less than `ROUNDING` of its size over all rows: what is left of it in
        such a task is rounding.
        """
        mean, variance = (np.empty((len(self.tasks), len(values))) for _ in range(2))
        for number, task in enumerate(self.tasks):
            w = self.weights[task]
            mean[number] = values[:, task] @ w
            variance[number] = ((values[:, task] - mean[number][:, None]) ** 2) @ w
        size = (values * values) @ self.total_weights()
        return mean, np.sqrt(np.where(variance > ROUNDING**2 * size, variance, 0.0))

    def standardised(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return features (m, n) with mean 0 and variance 1 within each task; zeros where they do not vary."""
        mean, spread = self.spreads(values)
        found = np.empty_like(values)
        for number, task in enumerate(self.tasks):
            scale = np.where(
                spread[number] > 0.0, 1.0 / np.where(spread[number] > 0.0, spread[number], 1.0), 0.0
            )
            found[:, task] = (values[:, task] - mean[number][:, None]) * scale[:, None]
        return found


@dataclass(frozen=True, slots=True)
class Targets:
    """Residuals, and for each the features its model already has.

    A feature's score against one residual is the share of its sum of squares that the feature explains, r², or, where
    a basis is given, that it would explain beside the basis: r² / (1 − Σ (correlation with the basis)²). Over tasks
    the shares of the whole sum of squares are added, as in multi-task SISSO (Ouyang et al. 2019,
    doi:10.1088/2515-7639/ab077b). A feature's score is the largest over all residuals.

    Attributes
    ----------
    lines
        (G + G S, n): G residuals, then S basis features for each; in each task of mean 0 and Σ w t² = 1.
    groups
        G.
    parts
        (G, tasks): share of each task in a residual's sum of squares; each row sums to 1.
    """

    lines: NDArray[np.float64]
    groups: int
    parts: NDArray[np.float64]

    @property
    def basis(self) -> int:
        """S."""
        return len(self.lines) // self.groups - 1


def targets_of(
    residuals: NDArray[np.float64], rows: Rows, basis: NDArray[np.float64] | None = None
) -> Targets | None:
    """Return residuals (G, n) as targets, those that are exact left out; None where all are.

    Parameters
    ----------
    residuals
        Differences to the standardised target, weighted mean 0 within each task.
    rows
        The training rows.
    basis
        (G, S, n): what each residual's model has, orthonormal within each task.
    """
    lines = residuals.copy()
    squares = np.empty((len(residuals), len(rows.tasks)))
    for number, task in enumerate(rows.tasks):
        squares[:, number] = (residuals[:, task] ** 2) @ rows.weights[task]
        length = np.sqrt(squares[:, number])
        lines[:, task] *= np.where(length > 0.0, 1.0 / np.where(length > 0.0, length, 1.0), 0.0)[:, None]
    squares *= rows.shares
    left = squares.sum(axis=1) > EXACT
    if not left.any():
        return None
    parts = squares[left] / squares[left].sum(axis=1, keepdims=True)
    lines = lines[left]
    if basis is not None and basis.shape[1]:
        lines = np.concatenate([lines, basis[left].reshape(-1, lines.shape[1])])
    return Targets(np.ascontiguousarray(lines), int(left.sum()), parts)
