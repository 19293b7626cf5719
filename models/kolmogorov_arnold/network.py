"""A Kolmogorov–Arnold network: every edge is a curve, every node the sum of what arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from matsluice.models.kolmogorov_arnold.splines import compiled_basis
from matsluice.models.networks.rows import Rows

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray


class Given(NamedTuple):
    """What the network takes beside weights and rows.

    Attributes
    ----------
    knots
        Per layer, shape (inputs, grid + 2 degree + 1).
    masks
        Per layer, shape (inputs, outputs): 1 for an edge that is there, 0 for one that is pruned.
    smoothness
        Strength of the penalty ½ Σ (Δᵈ c)² on the differences of neighbouring spline coefficients, d the
        degree (Eilers & Marx 1996, doi:10.1214/ss/1038425655): what no row determines goes on as a polynomial.
    alpha
        Strength of the penalty ½ alpha ‖W‖².
    sparsity
        Strength of the penalty on the sizes of the edges and their entropy.
    """

    knots: tuple[Any, ...]
    masks: tuple[Any, ...]
    smoothness: Any
    alpha: Any
    sparsity: Any


@dataclass(frozen=True, slots=True)
class KolmogorovArnold:
    """The architecture.

    An edge is φ(x) = Σ cᵢ Bᵢ(x) + c silu(x), with B-splines on its input's knots (Liu et al. 2024,
    doi:10.48550/arXiv.2404.19756).

    Attributes
    ----------
    sizes
        Features, hidden widths, outputs.
    grid
        Intervals of each edge's spline.
    degree
        Of its polynomials.
    is_sparse
        Whether the penalty on the sizes of edges is part of the program.
    """

    sizes: tuple[int, ...]
    grid: int
    degree: int
    is_sparse: bool = False

    @property
    def shapes(self) -> tuple[tuple[int, int, int], ...]:
        """The shape of each layer's weights, (inputs, splines + 1, outputs); the last of the middle is silu's."""
        splines = self.grid + self.degree
        return tuple((into, splines + 1, out) for into, out in zip(self.sizes, self.sizes[1:], strict=False))

    @property
    def count(self) -> int:
        """The number of weights."""
        return sum(into * curves * out for into, curves, out in self.shapes)

    def layers(self, weights: Any) -> list[Any]:
        """Return the flat weights as one array per layer."""
        parts, place = [], 0
        for shape in self.shapes:
            size = shape[0] * shape[1] * shape[2]
            parts.append(weights[place : place + size].reshape(shape))
            place += size
        return parts

    def start(self, chance: np.random.Generator) -> NDArray[np.float64]:
        """Return weights drawn so that signals keep their size: silu with variance 1/inputs, and small splines."""
        parts = []
        for into, curves, out in self.shapes:
            layer = chance.normal(scale=0.1 / np.sqrt(into), size=(into, curves, out))
            layer[:, -1] = chance.normal(scale=1 / np.sqrt(into), size=(into, out))
            parts.append(layer.ravel())
        return np.concatenate(parts)

    def outputs(self, weights: Array, X: Array, given: Given, key: Array | None) -> Array:
        """Return the outputs (rows, outputs) of scaled features (rows, columns)."""
        del key
        return self._passed(weights, X, given)[-1]

    def penalty(self, weights: Array, rows: Rows, given: Given) -> Array:
        """Return the penalties on roughness and size, and for a sparse network that on the sizes of its edges.

        The latter is Σ over layers of (Σ s + entropy of s / Σ s), with s the standard deviation of an edge's curve
        over the rows. It is had from the covariance of the splines, so no curve is evaluated edge by edge.
        """
        import jax.numpy as jnp

        layers = self.layers(weights)
        rough = sum((jnp.diff(layer[:, :-1], n=self.degree, axis=1) ** 2).sum() for layer in layers)
        smooth = 0.5 * (given.smoothness * rough + given.alpha * (weights**2).sum())
        if not self.is_sparse:
            return jnp.asarray(smooth)
        share = rows.weights / rows.weights.sum()
        total = jnp.zeros((), weights.dtype)
        for depth, (layer, mask, x) in enumerate(
            zip(layers, given.masks, self._passed(weights, rows.X, given)[:-1], strict=True)
        ):
            curves = self._curves(x, given.knots[depth])
            curves = curves - jnp.einsum("n,nib->ib", share, curves)
            covariance = jnp.einsum("n,nib,nic->ibc", share, curves, curves)
            variance = jnp.einsum("ibo,ibc,ico->io", layer, covariance, layer)
            size = jnp.sqrt(jnp.maximum(variance, 0) + 1e-12) * mask
            part = size / (size.sum() + 1e-12)
            total += size.sum() - (part * jnp.log(part + 1e-12)).sum()
        return jnp.asarray(smooth + given.sparsity * total)

    def roughness(self) -> NDArray[np.float64]:
        """Return the matrix (weights, weights) of the quadratic form that `smoothness` is the strength of."""
        blocks = []
        for into, curves, out in self.shapes:
            difference = np.diff(np.eye(curves - 1), n=self.degree, axis=0)
            one = np.zeros((curves, curves))
            one[:-1, :-1] = difference.T @ difference
            blocks.append(np.kron(np.eye(into), np.kron(one, np.eye(out))))
        matrix = np.zeros((self.count, self.count))
        place = 0
        for block in blocks:
            matrix[place : place + len(block), place : place + len(block)] = block
            place += len(block)
        return matrix

    def outputs_and_slopes(self, weights: Array, X: Array, given: Given) -> tuple[Array, Array]:
        """Return the first output (rows,) and its derivatives by the weights (rows, weights).

        A weight acts through its curve on one node, so its derivative is the curve times the node's: a product of what
        one pass forwards and one backwards give.
        """
        import jax
        import jax.numpy as jnp

        def first_output(pushes: list[Array]) -> tuple[Array, list[Array]]:
            nodes, kept = X, []
            for layer, knots, mask, push in zip(
                self.layers(weights), given.knots, given.masks, pushes, strict=True
            ):
                curves = self._curves(nodes, knots)
                kept.append(curves)
                nodes = self._summed(curves, layer * mask[:, None, :]) + push
            return nodes[:, 0].sum(), [*kept, nodes[:, 0]]

        still = [jnp.zeros((len(X), out), weights.dtype) for out in self.sizes[1:]]
        by_node, (*curves, output) = jax.grad(first_output, has_aux=True)(still)
        slopes = [
            jnp.einsum("nib,no,io->nibo", one, slope, mask).reshape(len(X), -1)
            for one, slope, mask in zip(curves, by_node, given.masks, strict=True)
        ]
        return output, jnp.concatenate(slopes, axis=1)

    def _summed(self, curves: Array, layer: Array) -> Array:
        rows, into, splines = curves.shape
        return curves.reshape(rows, into * splines) @ layer.reshape(into * splines, -1)

    def _curves(self, x: Array, knots: Array) -> Array:
        """Return what an edge is a sum of, shape (rows, inputs, splines + 1)."""
        import jax
        import jax.numpy as jnp

        return jnp.concatenate([compiled_basis(x, knots, self.degree), jax.nn.silu(x)[..., None]], axis=-1)

    def _passed(self, weights: Array, X: Array, given: Given) -> list[Array]:
        """Return the values of the nodes, layer by layer, inputs and outputs among them."""
        nodes = [X]
        for layer, knots, mask in zip(self.layers(weights), given.knots, given.masks, strict=True):
            nodes.append(self._summed(self._curves(nodes[-1], knots), layer * mask[:, None, :]))
        return nodes
