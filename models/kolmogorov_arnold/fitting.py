"""From random curves to fitted ones: grids that follow the data, then finer grids while those pay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.curves import Curves, first_curves, on_new_grid
from matsluice.models.kolmogorov_arnold.network import KolmogorovArnold
from matsluice.models.networks.gauss_newton import least_squares_steps
from matsluice.models.networks.numeric_context import computing_in
from matsluice.models.networks.objective import Objective
from matsluice.models.networks.plan import Plan
from matsluice.models.networks.record import Record
from matsluice.models.networks.rows import padded_rows
from matsluice.models.networks.training import train

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Shares of the steps after which the grids are moved to where the nodes' values have gone.
_MOVES: Final = (0.05, 0.15, 0.35)
# Weights up to which a step may solve for all of them at once, and the finest grid that is tried.
_MOST_SOLVED: Final = 1500
_FINEST: Final = 100
_WORTH: Final = 0.9
# A mean squared error, in variances of the target, that no measured value is better than: 1e-5 standard deviations.
_ENOUGH: Final = 1e-10
_POLISHING_STEPS: Final = 100


@dataclass(frozen=True, slots=True)
class Table:
    """Scaled features (rows, columns), targets (rows,) and weights (rows,)."""

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    weights: NDArray[np.float64]

    def of(self, chosen: NDArray[np.bool_]) -> Table:
        """Return some of the rows."""
        return Table(self.X[chosen], self.y[chosen], self.weights[chosen])


@dataclass(frozen=True, slots=True)
class Course:
    """Settings of a fit that do not belong to the architecture.

    Attributes
    ----------
    loss
        A word of `LOSSES`.
    plan
        Optimiser and settings; its epochs are those on each grid.
    grids
        Intervals, coarse to fine.
    adaptive
        See `spread_knots`.
    smoothness, alpha, sparsity
        Strengths of the penalties.
    refine
        Whether least-squares steps and finer grids follow where the rows suffice for them.
    precision
        "float64" or "float32".
    """

    loss: str
    plan: Plan
    grids: tuple[int, ...]
    adaptive: float
    smoothness: float
    alpha: float
    sparsity: float
    refine: bool
    precision: str


@dataclass(frozen=True, slots=True)
class Fit:
    """Curves, their monitored loss, the record, and why it ended."""

    curves: Curves
    loss: float
    record: Record
    stopped: str


def fitted(
    network: KolmogorovArnold, course: Course, table: Table, seed: int, apart: Table | None = None
) -> Fit:
    """Return a network fitted from a random start, on each grid in turn."""
    chance = np.random.default_rng(seed)
    start = network.start(chance)
    fit = Fit(
        first_curves(network, start, table.X, table.weights, course.adaptive), np.inf, Record(), "epochs"
    )
    for number, grid in enumerate(course.grids):
        if number:
            fit = replace(fit, curves=_moved(fit.curves, table, grid, course))
        fit = trained(fit, course, table, seed, apart, moves=number == 0)
        if fit.stopped in {"diverged", "early"}:
            return fit
    return refined(fit, course, table) if course.refine and apart is None else fit


def trained(
    fit: Fit, course: Course, table: Table, seed: int, apart: Table | None = None, *, moves: bool = True
) -> Fit:
    """Return the fit after the steps of the plan, between which the grids may be moved."""
    steps = course.plan.epochs
    ends = [*sorted({round(share * steps) for share in _MOVES if moves} - {0, steps}), steps]
    network = replace(fit.curves.network, is_sparse=course.sparsity > 0)
    rows = padded_rows(table.X, table.y, table.weights, course.precision)
    held = padded_rows(apart.X, apart.y, apart.weights, course.precision) if apart is not None else None
    begun = 0
    with computing_in(course.precision):
        for end in ends:
            given = fit.curves.given(course.smoothness, course.alpha, course.sparsity, course.precision)
            plan = replace(course.plan, epochs=end - begun)
            objective = Objective(network, course.loss)
            done = train(objective, fit.curves.weights, rows, given, plan, seed + begun, held)
            curves = replace(fit.curves, weights=done.weights.astype(np.float64))
            fit = Fit(curves, done.loss, fit.record.extended_by(done.record), done.stopped)
            begun = end
            if done.stopped == "diverged":
                break
            if end != steps:
                fit = replace(fit, curves=_moved(curves, table, curves.network.grid, course))
    return fit


def refined(fit: Fit, course: Course, table: Table) -> Fit:
    """Return the fit after least-squares steps, on finer grids as long as the error on unseen rows should fall.

    What is expected on unseen rows is the generalised cross-validation score, loss / (1 − weights/rows)²
    (Craven & Wahba 1978, doi:10.1007/BF01404567): no rows need be held back. Nothing is done where there are
    more than half as many weights as rows, where the score means little.
    """
    rows = len(table.y)
    if course.loss != "mse" or not _can_be_solved(fit.curves, rows):
        return fit
    best = polished(fit, course, table)
    while best.loss > _ENOUGH:
        grid = 2 * best.curves.network.grid
        finer = replace(best, curves=_moved(best.curves, table, grid, course))
        if grid > _FINEST or not _can_be_solved(finer.curves, rows):
            break
        finer = polished(finer, course, table)
        if _expected(finer, rows) > _WORTH * _expected(best, rows):
            break
        best = finer
    return best


def polished(fit: Fit, course: Course, table: Table, steps: int = _POLISHING_STEPS) -> Fit:
    """Return the fit after some least-squares steps on the grid it has."""
    rows = padded_rows(table.X, table.y, table.weights, "float64")
    network = replace(fit.curves.network, is_sparse=False)
    with computing_in("float64"):
        given = fit.curves.given(course.smoothness)
        penalty = course.smoothness * network.roughness() + course.alpha * np.eye(network.count)
        weights, record = least_squares_steps(network, fit.curves.weights, rows, given, penalty, steps)
    curves = replace(fit.curves, network=network, weights=weights)
    loss = record.loss[-1] if record.loss else fit.loss
    return Fit(curves, loss, fit.record.extended_by(record), fit.stopped)


def _moved(curves: Curves, table: Table, grid: int, course: Course) -> Curves:
    return on_new_grid(curves, table.X, table.weights, grid, course.adaptive)


def _can_be_solved(curves: Curves, rows: int) -> bool:
    return curves.used <= rows / 2 and curves.network.count <= _MOST_SOLVED


def _expected(fit: Fit, rows: int) -> float:
    return fit.loss / (1 - fit.curves.used / rows) ** 2
