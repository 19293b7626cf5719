"""What a network is fitted to make small: one loss per row, of its output and its target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jax import Array


@dataclass(frozen=True, slots=True)
class LossSpec:
    """One loss: its name, what it is for, its formula, and the function of outputs and targets."""

    name: str
    task: str
    formula: str
    of_rows: Callable[[Array, Array], Array]


def _squared(output: Array, target: Array) -> Array:
    return (output[:, 0] - target) ** 2


def _absolute(output: Array, target: Array) -> Array:
    import jax.numpy as jnp

    return jnp.abs(output[:, 0] - target)


def _huber(output: Array, target: Array) -> Array:
    import jax.numpy as jnp

    miss = jnp.abs(output[:, 0] - target)
    return jnp.where(miss <= 1.0, 0.5 * miss**2, miss - 0.5)


def _cross_entropy(output: Array, target: Array) -> Array:
    """One output is the logit of the second class of two; more are the logits of as many classes."""
    import jax
    import jax.numpy as jnp

    if output.shape[1] == 1:
        return jnp.logaddexp(0.0, output[:, 0]) - target * output[:, 0]
    chosen = jnp.take_along_axis(output, target.astype(jnp.int32)[:, None], axis=1)[:, 0]
    return jax.nn.logsumexp(output, axis=1) - chosen


# Targets of a regression are in units of their standard deviation, and so is the 1 of Huber's loss.
LOSSES: Final[Mapping[str, LossSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            LossSpec("mse", "regression", "(f − y)²", _squared),
            LossSpec("mae", "regression", "|f − y|", _absolute),
            LossSpec("huber", "regression", "½ d² where d = |f − y| ≤ 1, else d − ½", _huber),
            LossSpec("cross_entropy", "classification", "−log p(class)", _cross_entropy),
        )
    }
)
REGRESSION_LOSSES: Final = tuple(name for name, spec in LOSSES.items() if spec.task == "regression")
