"""Compiled pieces of training, made once for each architecture and kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from matsluice.models.networks.objective import Network, Objective
from matsluice.models.networks.optimizers import OPTIMIZERS, Moments
from matsluice.models.networks.rows import Rows

if TYPE_CHECKING:
    from jax import Array

# Programs kept in a process: a search over architectures leaves none behind but its last ones.
_KEPT = 64


class Descent(NamedTuple):
    """Compiled functions of one objective and one optimiser.

    Attributes
    ----------
    begin
        ``begin(weights) -> state``.
    epoch
        ``epoch(weights, state, rows, given, order, rates, key) -> (weights, state, loss, gradients)``. `order` holds
        the rows of each batch, shape (batches, batch size), filled up with −1.
    """

    begin: Callable[..., Any]
    epoch: Callable[..., tuple[Any, Any, Any, Any]]


@lru_cache(maxsize=_KEPT)
def descent(objective: Objective, optimizer: str, moments: Moments) -> Descent:
    """Return the programs of an optimiser whose steps follow from the gradient alone."""
    import jax
    import jax.numpy as jnp

    make = OPTIMIZERS[optimizer].direction
    assert make is not None
    direction = make(moments)

    def epoch(
        weights: Array, state: Any, rows: Rows, given: Any, order: Array, rates: Array, key: Array
    ) -> tuple[Array, Any, Array, Array]:
        batches = (order[:, 0] >= 0).sum()

        def one_batch(number: Array, carried: tuple[Array, Any, Array]) -> tuple[Array, Any, Array]:
            weights, state, total = carried
            chosen = order[number]
            real = chosen >= 0
            batch = Rows(rows.X[chosen], rows.y[chosen], rows.weights[chosen] * real, real.sum())
            loss, gradient = jax.value_and_grad(objective)(
                weights, batch, given, jax.random.fold_in(key, number)
            )
            movement: Any
            movement, state = direction.update(gradient, state, weights)
            return weights - rates[number] * movement, state, total + loss * batch.real / rows.real

        carried = (weights, state, jnp.zeros((), weights.dtype))
        weights, state, loss = jax.lax.fori_loop(0, batches, one_batch, carried)
        return weights, state, loss, batches

    return Descent(jax.jit(direction.init), jax.jit(epoch))


@lru_cache(maxsize=_KEPT)
def value_and_gradient(objective: Objective) -> Callable[..., tuple[Any, Any]]:
    """Return the compiled ``(weights, rows, given) -> (loss, gradient)``."""
    import jax

    return jax.jit(jax.value_and_grad(objective))


@lru_cache(maxsize=_KEPT)
def outputs_and_slopes(network: Any) -> Callable[..., tuple[Any, Any]]:
    """Return the compiled ``(weights, X, given) -> (first output (rows,), its derivatives (rows, weights))``."""
    import jax

    return jax.jit(network.outputs_and_slopes)


@lru_cache(maxsize=_KEPT)
def mean_loss(objective: Objective) -> Callable[..., Any]:
    """Return the compiled ``loss(weights, rows, given)`` without penalties and without dropout."""
    import jax

    return jax.jit(objective.fit)


@lru_cache(maxsize=_KEPT)
def outputs(network: Network) -> Callable[..., Any]:
    """Return the compiled ``outputs(weights, X, given, key)``."""
    import jax

    return jax.jit(network.outputs)
