"""Ways to walk downhill: what each makes of a gradient, and how often it asks for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import optax


@dataclass(frozen=True, slots=True)
class Moments:
    """What an optimiser remembers of earlier gradients.

    Attributes
    ----------
    momentum
        SGD: the share of the last movement that is kept.
    beta_1, beta_2
        Adam: how slowly the means of the gradient and of its square forget.
    epsilon
        Adam: what keeps the division by the root of the second from being one by zero.
    memory
        L-BFGS: the number of movements the curvature is estimated from.
    """

    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    memory: int = 20


@dataclass(frozen=True, slots=True)
class OptimizerSpec:
    """One optimiser.

    Attributes
    ----------
    name
        The word in `optimizer=`.
    in_batches
        Whether it updates after every mini-batch; else once per pass over the rows.
    learning_rate
        The default.
    direction
        Makes the transformation of gradients into steps of learning rate 1; None where the steps are found by a line
        search.
    summary, source
        One line, and where the method comes from.
    """

    name: str
    in_batches: bool
    learning_rate: float
    direction: Callable[[Moments], optax.GradientTransformation] | None
    summary: str
    source: str


def _plain(_: Moments) -> Any:
    import optax

    return optax.identity()


def _momentum(moments: Moments) -> Any:
    import optax

    return optax.trace(decay=moments.momentum)


def _adam(moments: Moments) -> Any:
    import optax

    return optax.scale_by_adam(b1=moments.beta_1, b2=moments.beta_2, eps=moments.epsilon)


OPTIMIZERS: Final[Mapping[str, OptimizerSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            OptimizerSpec(
                name="gd",
                in_batches=False,
                learning_rate=0.1,
                direction=_plain,
                summary="gradient descent on all rows: θ ← θ − η ∇L(θ)",
                source="Cauchy 1847, Comptes rendus 25, 536",
            ),
            OptimizerSpec(
                name="sgd",
                in_batches=True,
                learning_rate=0.01,
                direction=_momentum,
                summary="gradient descent on mini-batches with momentum: v ← μ v + g, θ ← θ − η v",
                source="Robbins & Monro 1951, doi:10.1214/aoms/1177729586",
            ),
            OptimizerSpec(
                name="adam",
                in_batches=True,
                learning_rate=0.003,
                direction=_adam,
                summary="mini-batches, steps scaled by running moments: θ ← θ − α m̂ / (√v̂ + ε)",
                source="Kingma & Ba 2015, doi:10.48550/arXiv.1412.6980",
            ),
            OptimizerSpec(
                name="lbfgs",
                in_batches=False,
                learning_rate=1.0,
                direction=None,
                summary="quasi-Newton steps on all rows, with a line search that meets the Wolfe conditions",
                source="Liu & Nocedal 1989, doi:10.1007/BF01589116",
            ),
        )
    }
)
