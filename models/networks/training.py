"""Fitting the weights of a network, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.networks.objective import Objective
from matsluice.models.networks.optimizers import OPTIMIZERS
from matsluice.models.networks.plan import Plan
from matsluice.models.networks.programs import descent, mean_loss, value_and_gradient
from matsluice.models.networks.record import Record
from matsluice.models.networks.rows import Rows
from matsluice.models.networks.schedules import rates
from matsluice.models.networks.watch import Watch

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Trained:
    """What a fit came to: the best weights, their monitored loss, the record, and why it ended (see `Watch`)."""

    weights: NDArray[Any]
    loss: float
    record: Record
    stopped: str


def train(
    objective: Objective,
    start: NDArray[np.float64],
    rows: Rows,
    given: Any,
    plan: Plan,
    seed: int,
    held_back: Rows | None = None,
) -> Trained:
    """Return the weights that minimise the objective over the rows, starting from `start`.

    Call it inside `computing_in`.

    Parameters
    ----------
    objective
        Network and loss.
    start
        Weights (weights,).
    rows, held_back
        Rows to fit, and rows the fit is stopped by, where there are any.
    given
        What the network takes beside weights and rows.
    plan
        Optimiser and settings.
    seed
        Seed of the order of rows and of what is dropped out.

    Warns
    -----
    ConvergenceWarning
        The loss exploded; the best weights seen before are returned.
    """
    watch = Watch(plan.tolerance, plan.patience, start.astype(rows.X.dtype))

    def of_held_back(weights: Any) -> float:
        return float(mean_loss(objective)(weights, held_back, given))

    check = None if held_back is None else of_held_back
    walk = _line_searches if OPTIMIZERS[plan.optimizer].direction is None else _descends
    walk(objective, rows, given, plan, seed, watch, check)
    watch.say_if_diverged(f"{plan.optimizer}, learning rate {plan.rate:g}")
    return Trained(watch.best, watch.best_loss, watch.record, watch.stopped)


def _descends(
    objective: Objective, rows: Rows, given: Any, plan: Plan, seed: int, watch: Watch, check: Any
) -> None:
    import jax

    begin, epoch = descent(objective, plan.optimizer, plan.moments)
    chance = np.random.default_rng(seed)
    key = jax.random.key(seed)
    in_batches = OPTIMIZERS[plan.optimizer].in_batches
    size = plan.rows_per_update(rows.real) if in_batches else len(rows.y)
    batches = -(-rows.real // size)
    weights = jax.numpy.asarray(watch.best)
    state = begin(weights)

    def one(number: int, order: NDArray[np.int32]) -> tuple[Any, Any, Any, Any]:
        steps = rates(plan.schedule, plan.rate, number * batches, batches, plan.epochs * batches)
        steps = np.pad(steps, (0, len(order) - batches)).astype(rows.X.dtype)
        return epoch(weights, state, rows, given, order, steps, jax.random.fold_in(key, number))

    one(0, np.full((_batches_padded(batches), size), -1, dtype=np.int32))  # compiles
    watch.begin()
    for number in range(plan.epochs):
        before = weights
        weights, state, loss, _ = one(
            number, _order(rows.real, size, batches, chance if in_batches else None)
        )
        # A loss seen before its update belongs to the weights before it; with several batches, to those between.
        owner = weights if check is not None or batches > 1 else before
        if watch.sees(owner, float(loss), (number + 1) * batches, check(weights) if check else None):
            return
    if check is None and np.isfinite(np.asarray(weights)).all() and batches > 1:
        watch.best = np.asarray(weights)


def _batches_padded(batches: int) -> int:
    """Return for how many batches a program is compiled: a power of two, so that folds share it."""
    return 1 << (batches - 1).bit_length()


def _order(rows: int, size: int, batches: int, chance: np.random.Generator | None) -> NDArray[np.int32]:
    places = np.arange(rows) if chance is None else chance.permutation(rows)
    order = np.full(_batches_padded(batches) * size, -1, dtype=np.int32)
    order[:rows] = places
    return order.reshape(-1, size)


def _line_searches(
    objective: Objective, rows: Rows, given: Any, plan: Plan, seed: int, watch: Watch, check: Any
) -> None:
    del seed  # nothing is drawn: all rows take part in every step
    from scipy.optimize import OptimizeResult, minimize  # type: ignore[import-untyped]

    compiled = value_and_gradient(objective)
    evaluated = 0

    def value(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        nonlocal evaluated
        evaluated += 1
        loss, gradient = compiled(weights.astype(rows.X.dtype), rows, given)
        return float(loss), np.asarray(gradient, dtype=np.float64)

    def after_step(intermediate_result: OptimizeResult) -> None:
        weights = intermediate_result.x.astype(rows.X.dtype)
        if watch.sees(weights, float(intermediate_result.fun), evaluated, check(weights) if check else None):
            raise StopIteration

    start = watch.best.astype(np.float64)
    first, _ = value(start)  # compiles
    if not np.isfinite(first):
        watch.sees(start, first, 1, None)
        return
    watch.begin()
    evaluated = 0
    settings = {"maxiter": plan.epochs, "maxcor": plan.moments.memory, "maxfun": 25 * plan.epochs}
    ended = minimize(
        value,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=after_step,
        options={**settings, "ftol": 0.0, "gtol": 1e-12},
    )
    if watch.stopped == "epochs" and ended.nit < plan.epochs:
        watch.stopped = "converged"
