"""A fitted network outside the compiled program: its curves, its nodes, and the move to another grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.network import Given, KolmogorovArnold
from matsluice.models.kolmogorov_arnold.splines import basis_of, spread_knots

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of an interval, where curves are compared as they move to another grid.
_POINTS: Final = 4


@dataclass(frozen=True, slots=True)
class Curves:
    """A network with its weights.

    Attributes
    ----------
    network
        The architecture.
    weights
        Shape (weights,).
    knots, masks
        As in `Given`.
    """

    network: KolmogorovArnold
    weights: NDArray[np.float64]
    knots: tuple[NDArray[np.float64], ...]
    masks: tuple[NDArray[np.float64], ...]

    @property
    def layers(self) -> list[NDArray[np.float64]]:
        """The weights of each layer, shape (inputs, splines + 1, outputs), 0 where an edge is pruned."""
        parts = self.network.layers(self.weights)
        return [layer * mask[:, None, :] for layer, mask in zip(parts, self.masks, strict=True)]

    @property
    def used(self) -> int:
        """The number of weights on the edges that are there."""
        per_edge = self.network.grid + self.network.degree + 1
        return per_edge * int(sum(mask.sum() for mask in self.masks))

    def given(
        self, smoothness: float = 0.0, alpha: float = 0.0, sparsity: float = 0.0, precision: str = "float64"
    ) -> Given:
        """Return what the compiled program takes beside the weights."""
        strengths = [np.asarray(one, dtype=precision) for one in (smoothness, alpha, sparsity)]
        return Given(
            tuple(one.astype(precision) for one in self.knots),
            tuple(one.astype(precision) for one in self.masks),
            *strengths,
        )

    def edges(self, depth: int, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value of each edge of a layer, shape (rows, inputs, outputs), for inputs (rows, inputs)."""
        layer = self.layers[depth]
        return np.stack(
            [
                _curves(x[:, i], self.knots[depth][i], self.network.degree) @ layer[i]
                for i in range(len(layer))
            ],
            axis=1,
        )

    def nodes(self, X: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the values of the nodes of each layer, inputs and outputs among them, (rows, nodes) each."""
        values = [X]
        for depth in range(len(self.knots)):
            values.append(self.edges(depth, values[-1]).sum(axis=1))
        return values


def _curves(x: NDArray[np.float64], knots: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        base = x / (1 + np.exp(-x))
    return np.column_stack([basis_of(x, knots, degree), base])


def first_curves(
    network: KolmogorovArnold,
    weights: NDArray[np.float64],
    X: NDArray[np.float64],
    row_weights: NDArray[np.float64],
    adaptive: float,
) -> Curves:
    """Return the network on grids that follow what its nodes take over the rows (rows, columns)."""
    knots: list[NDArray[np.float64]] = []
    x = X
    for layer in network.layers(weights):
        knots.append(_knots_of(x, row_weights, network, adaptive))
        x = sum(
            (_curves(x[:, i], knots[-1][i], network.degree) @ layer[i] for i in range(len(layer))),
            np.zeros((len(x), layer.shape[2])),
        )
    masks = tuple(np.ones((into, out)) for into, _, out in network.shapes)
    return Curves(network, weights, tuple(knots), masks)


def on_new_grid(
    curves: Curves, X: NDArray[np.float64], row_weights: NDArray[np.float64], grid: int, adaptive: float
) -> Curves:
    """Return the same curves, as well as they can be, on grids of `grid` intervals that fit what the nodes take.

    Each layer's splines are fitted by least squares to its old ones, at points of every interval of either grid.
    """
    network = replace(curves.network, grid=grid)
    knots: list[NDArray[np.float64]] = []
    parts = []
    x = X
    for depth, layer in enumerate(network_layers(curves)):
        old = curves.knots[depth]
        new = _knots_of(x, row_weights, network, adaptive)
        moved = np.stack([_moved(layer[i], old[i], new[i], network.degree) for i in range(len(layer))])
        knots.append(new)
        parts.append(moved.ravel())
        masked = moved * curves.masks[depth][:, None, :]
        x = sum(
            (_curves(x[:, i], new[i], network.degree) @ masked[i] for i in range(len(layer))),
            np.zeros((len(x), layer.shape[2])),
        )
    return Curves(network, np.concatenate(parts), tuple(knots), curves.masks)


def network_layers(curves: Curves) -> list[NDArray[np.float64]]:
    """Return the weights of each layer, pruned edges as they were."""
    return curves.network.layers(curves.weights)


def _knots_of(
    x: NDArray[np.float64], row_weights: NDArray[np.float64], network: KolmogorovArnold, adaptive: float
) -> NDArray[np.float64]:
    columns = [spread_knots(column, row_weights, network.grid, network.degree, adaptive) for column in x.T]
    return np.stack(columns)


def _moved(layer: Any, old: Any, new: Any, degree: int) -> NDArray[np.float64]:
    """Return the weights (splines + 1, outputs) on the new knots: as near as can be at points of every interval."""
    ends = np.unique(np.concatenate([old[degree:-degree], new[degree:-degree]]))
    shares = (np.arange(_POINTS) + 0.5) / _POINTS
    points = (ends[:-1, None] + np.diff(ends)[:, None] * shares).ravel()
    wanted = basis_of(points, old, degree) @ layer[:-1]
    splines, *_ = np.linalg.lstsq(basis_of(points, new, degree), wanted, rcond=1e-10)
    return np.vstack([splines, layer[-1:]])
