"""From a fitted network to a sympy expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.curves import Curves
from matsluice.models.kolmogorov_arnold.formulas.composed import Composed, Edge, fitted_together
from matsluice.models.kolmogorov_arnold.formulas.constants import as_sympy, with_plain_numbers
from matsluice.models.kolmogorov_arnold.formulas.edge import Reading, read_edge
from matsluice.models.kolmogorov_arnold.formulas.normal_form import bring_to_normal_form
from matsluice.models.networks.scaling import Scaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A misfit, in standard deviations, up to which a reading of the whole is as good as exact and no other is tried.
_GOOD: Final = 1e-4
_ALTERNATIVES: Final = 3
# Rows and evaluations that an exchange of one reading is judged by.
_SEARCHED: Final = 250
_TRIAL: Final = 25
_READABLE: Final = 60


@dataclass(frozen=True, slots=True)
class EdgeReading:
    """How one edge was read.

    Attributes
    ----------
    layer, source, goal
        The layer, counted from 0, and the nodes it leads from and to.
    function
        Its name in the library.
    r2
        The share of the variance of the edge's curve that the function explains.
    """

    layer: int
    source: int
    goal: int
    function: str
    r2: float


@dataclass(frozen=True, slots=True)
class Formula:
    """Expressions, one per output, how each edge was read, and R² of the whole on the rows."""

    expressions: list[Any]
    edges: list[EdgeReading]
    r2: float


def read_network(
    curves: Curves,
    X: NDArray[np.float64],
    wanted: NDArray[np.float64],
    weights: NDArray[np.float64],
    scaling: Scaling,
    back: tuple[float, float],
    names: Sequence[str],
    functions: Sequence[str],
) -> Formula:
    """Return a network as formulas in the units of its features and target.

    Every edge is read on its own; all constants are fitted to the wanted outputs together; edges whose second or third
    reading makes the whole better are exchanged; and constants near a plain number become it.

    Parameters
    ----------
    curves
        The network; at most some tens of edges give a formula anybody reads.
    X, wanted, weights
        Scaled features (rows, columns), outputs (rows, outputs) and weights (rows,).
    scaling
        Of the features (columns,).
    back
        Width and centre: output × width + centre is the target.
    names
        Of the features.
    functions
        Names in the library that may be used.

    Raises
    ------
    ValueError
        There are too many edges.
    """
    count = int(sum(mask.sum() for mask in curves.masks))
    if count > _READABLE:
        raise ValueError(
            f"a network of {count} edges gives no formula to read: prune it first (at most {_READABLE} edges)"
        )
    readings = _readings(curves, X, functions)
    real, outputs = scaling.unscaled(X), wanted * back[0] + back[1]
    some = np.linspace(0, len(real) - 1, min(len(real), _SEARCHED)).astype(int)
    chosen = _chosen(curves, readings, real[some], outputs[some], weights[some], scaling, back)
    best = fitted_together(_composed(curves, readings, chosen, scaling, back), real, outputs, weights)
    bring_to_normal_form(best)
    best = with_plain_numbers(fitted_together(best, real, outputs, weights), real, outputs, weights)
    edges = [
        EdgeReading(depth, edge.source, edge.goal, edge.name, edge.r2)
        for depth, layer in enumerate(best.layers)
        for edge in layer
    ]
    return Formula(_expressions(best, names), edges, 1 - best.misfit(real, outputs) ** 2)


def _chosen(
    curves: Curves,
    readings: dict[tuple[int, int, int], list[Reading]],
    real: NDArray[np.float64],
    outputs: NDArray[np.float64],
    weights: NDArray[np.float64],
    scaling: Scaling,
    back: tuple[float, float],
) -> dict[tuple[int, int, int], int]:
    """Return which reading of each edge is taken, 0 for the best: another where that halves the misfit of the whole."""

    def misfit(chosen: dict[tuple[int, int, int], int]) -> float:
        tried = _composed(curves, readings, chosen, scaling, back)
        return fitted_together(tried, real, outputs, weights, _TRIAL).misfit(real, outputs)

    chosen: dict[tuple[int, int, int], int] = {}
    best = misfit(chosen)
    for place, several in readings.items():
        for other in range(1, min(_ALTERNATIVES, len(several))):
            if best < _GOOD:
                return chosen
            found = misfit({**chosen, place: other})
            if found < 0.5 * best:
                best, chosen = found, {**chosen, place: other}
    return chosen


def _readings(
    curves: Curves, X: NDArray[np.float64], functions: Sequence[str]
) -> dict[tuple[int, int, int], list[Reading]]:
    nodes = curves.nodes(X)
    found = {}
    for depth, mask in enumerate(curves.masks):
        values = curves.edges(depth, nodes[depth])
        for i, o in np.argwhere(mask > 0):
            place = (depth, int(i), int(o))
            found[place] = read_edge(nodes[depth][:, i], values[:, i, o], functions)
    return found


def _composed(
    curves: Curves,
    readings: dict[tuple[int, int, int], list[Reading]],
    chosen: dict[tuple[int, int, int], int],
    scaling: Scaling,
    back: tuple[float, float],
) -> Composed:
    layers: list[list[Edge]] = [[] for _ in curves.masks]
    shifts = [np.zeros(mask.shape[1]) for mask in curves.masks]
    last = len(layers) - 1
    for (depth, i, o), several in readings.items():
        one = several[chosen.get((depth, i, o), 0)]
        a, b, unit = one.a, one.b, back[0] if depth == last else 1.0
        if depth == 0:
            a, b = a / scaling.width[i], b - a * scaling.centre[i] / scaling.width[i]
        layers[depth].append(Edge(one.name, i, o, float(a), float(b), one.c * unit, one.r2))
        shifts[depth][o] += one.d * unit
    shifts[last] += back[1]
    composed = Composed(layers, shifts, [np.zeros(len(one), dtype=bool) for one in shifts])
    bring_to_normal_form(composed)
    return composed


def _expressions(composed: Composed, names: Sequence[str]) -> list[Any]:
    import sympy

    nodes = [sympy.Symbol(name, real=True) for name in names]
    for edges, shifts in zip(composed.layers, composed.shifts, strict=True):
        following = [as_sympy(float(shift)) for shift in shifts]
        for edge in edges:
            argument = as_sympy(edge.a) * nodes[edge.source] + as_sympy(edge.b)
            following[edge.goal] += as_sympy(edge.c) * edge.spec.expression(argument)
        nodes = following
    return [min((one, sympy.expand(one)), key=sympy.count_ops) for one in nodes]
