"""The number that training makes small: the mean loss of the rows, and the network's penalty on itself."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from matsluice.models.networks.losses import LOSSES
from matsluice.models.networks.rows import Rows

if TYPE_CHECKING:
    from jax import Array


class Network(Hashable, Protocol):
    """An architecture: everything that shapes the compiled program, and nothing that is learned.

    `weights` is one flat vector; `given` holds the arrays that are neither learned nor part of the
    architecture (strengths of penalties, knots, masks).
    """

    def outputs(self, weights: Array, X: Array, given: Any, key: Array | None) -> Array:
        """Return the outputs (rows, outputs); a key draws what is dropped out."""
        ...

    def penalty(self, weights: Array, rows: Rows, given: Any) -> Array:
        """Return what is added to the loss, a number."""
        ...


@dataclass(frozen=True, slots=True)
class Objective:
    """A network and the loss it is fitted with; equal ones share their compiled programs."""

    network: Network
    loss: str

    def fit(self, weights: Array, rows: Rows, given: Any, key: Array | None = None) -> Array:
        """Return the weighted mean loss of the rows."""
        losses = LOSSES[self.loss].of_rows(self.network.outputs(weights, rows.X, given, key), rows.y)
        mean: Array = (rows.weights * losses).sum() / rows.real
        return mean

    def __call__(self, weights: Array, rows: Rows, given: Any, key: Array | None = None) -> Array:
        """Return the loss with the network's penalty."""
        return self.fit(weights, rows, given, key) + self.network.penalty(weights, rows, given)
