"""Fully connected layers: h ← a(h W + b), the last one without the activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.networks.rows import Rows

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray


def _relu(x: Array) -> Array:
    import jax

    return jax.nn.relu(x)


def _sigmoid(x: Array) -> Array:
    import jax

    return jax.nn.sigmoid(x)


def _silu(x: Array) -> Array:
    import jax

    return jax.nn.silu(x)


def _tanh(x: Array) -> Array:
    import jax.numpy as jnp

    return jnp.tanh(x)


ACTIVATIONS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {"relu": _relu, "sigmoid": _sigmoid, "silu": _silu, "tanh": _tanh}
)
# Variance of a weight times the number of inputs: He's 2 where half of the inputs are cut off, else Glorot's 1.
_GAIN: Final = {"relu": 2.0, "silu": 2.0, "sigmoid": 1.0, "tanh": 1.0}


@dataclass(frozen=True, slots=True)
class Perceptron:
    """A multilayer perceptron.

    Attributes
    ----------
    sizes
        Features, hidden widths, outputs.
    activation
        A word of `ACTIVATIONS`.
    dropout
        The share of hidden units that is left out of a pass that is given a key.
    """

    sizes: tuple[int, ...]
    activation: str
    dropout: float = 0.0

    @property
    def count(self) -> int:
        """The number of weights and biases."""
        return sum((into + 1) * out for into, out in zip(self.sizes, self.sizes[1:], strict=False))

    def start(self, chance: np.random.Generator) -> NDArray[np.float64]:
        """Return weights drawn so that signals keep their size from layer to layer (He et al. 2015).

        Hidden biases are drawn as the weight of an input of 1 would be: with biases of 0 all the kinks of a ReLU
        network of one feature lie on one point. That of the output is 0.

        Examples
        --------
        >>> Perceptron((2, 3, 1), "relu").start(np.random.default_rng(0)).shape
        (13,)
        """
        parts = []
        for into, out in zip(self.sizes, self.sizes[1:], strict=False):
            scale = np.sqrt(_GAIN[self.activation] / into)
            parts += [chance.normal(scale=scale, size=into * out), chance.normal(scale=scale, size=out)]
        parts[-1][:] = 0.0
        return np.concatenate(parts)

    def outputs(self, weights: Array, X: Array, given: Any, key: Array | None) -> Array:
        """Return the outputs (rows, outputs) of features (rows, columns)."""
        del given
        import jax

        layers = self._layers(weights)
        hidden = X
        for depth, (weight, bias) in enumerate(layers):
            hidden = hidden @ weight + bias
            if depth == len(layers) - 1:
                return hidden
            hidden = ACTIVATIONS[self.activation](hidden)
            if self.dropout and key is not None:
                # One draw for all rows: each pass is one thinned network, whatever rows it sees.
                kept = jax.random.bernoulli(
                    jax.random.fold_in(key, depth), 1 - self.dropout, hidden.shape[1:]
                )
                hidden = hidden * kept / (1 - self.dropout)
        return hidden

    def penalty(self, weights: Array, rows: Rows, given: Any) -> Array:
        """Return ½ alpha ‖W‖² over the weights, biases left out."""
        del rows
        total: Array = 0.5 * given["alpha"] * sum((weight**2).sum() for weight, _ in self._layers(weights))
        return total

    def _layers(self, weights: Array) -> list[tuple[Array, Array]]:
        layers, place = [], 0
        for into, out in zip(self.sizes, self.sizes[1:], strict=False):
            end = place + into * out
            layers.append((weights[place:end].reshape(into, out), weights[end : end + out]))
            place = end + out
        return layers
