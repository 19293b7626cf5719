"""From a fitted network to a sympy expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.curves import Curves
from matsluice.models.kolmogorov_arnold.formulas.composed import Composed, Edge, fitted_together
from matsluice.models.kolmogorov_arnold.formulas.constants import as_sympy, with_plain_numbers
from matsluice.models.kolmogorov_arnold.formulas.edge import Reading, preferred, read_edge
from matsluice.models.kolmogorov_arnold.formulas.library import LIBRARY
from matsluice.models.kolmogorov_arnold.formulas.normal_form import bring_to_normal_form
from matsluice.models.networks.scaling import Scaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How well curves may be known, coarse to fine: a coarse reading is simple, and often the better formula.
_KNOWN: Final = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
# How much larger than the least the misfit of a simpler whole may be, and the misfit below which nothing is gained.
_SIMPLER: Final = 1.1
_EXACT: Final = 1e-6
_ALL_DIGITS: Final = 15
# Rows and evaluations that one reading of the whole is judged by.
_SEARCHED: Final = 300
_TRIAL: Final = 60
_READABLE: Final = 60
_PASSED_ON: Final = Reading("x", 1.0, 0.0, 1.0, 0.0, 1.0)


# Layer, and the nodes an edge leads from and to.
Place = tuple[int, int, int]


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
        The share of the variance of the edge's curve that the function explains; of a curve that is read with those
        before it, over their source.
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

    Every edge is read on its own, in several ways from plain to close; for each way all constants are fitted to the
    wanted outputs together, and the plainest whose misfit is near the least is taken. Constants near a plain number
    become it. A node with one edge coming in adds nothing up: it may be read as passing its source on, its curve
    being read together with those that follow, which is tried first.

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
        There are too many edges, or none of the functions can be used on all rows.
    """
    count = int(sum(mask.sum() for mask in curves.masks))
    if count > _READABLE:
        raise ValueError(
            f"a network of {count} edges gives no formula to read: prune it first (at most {_READABLE} edges)"
        )
    real, outputs = scaling.unscaled(X), wanted * back[0] + back[1]
    everywhere = [name for name in functions if LIBRARY[name].is_defined_everywhere]
    for allowed in (functions, everywhere):
        apart = _readings(curves, X, allowed)
        choices = _choices(_joined(curves, X, allowed, apart))
        choices += [one for one in _choices(apart) if one not in choices]
        if not choices:
            continue
        several = [_composed(curves, chosen, scaling, back) for chosen in choices]
        best = _plainest(several, real, outputs, weights)
        if np.isfinite(best.misfit(real, outputs)):
            break
    else:
        raise ValueError(
            "no formula of these functions has a value on all rows: prune the network further, or allow functions "
            f"that are defined everywhere ({', '.join(n for n, f in LIBRARY.items() if f.is_defined_everywhere)})"
        )
    bring_to_normal_form(best)
    best = with_plain_numbers(fitted_together(best, real, outputs, weights), real, outputs, weights)
    edges = [
        EdgeReading(depth, edge.source, edge.goal, edge.name, edge.r2)
        for depth, layer in enumerate(best.layers)
        for edge in layer
    ]
    return Formula(_expressions(best, names, real, outputs), edges, 1 - best.misfit(real, outputs) ** 2)


def _choices(readings: dict[Place, list[Reading]]) -> list[dict[Place, Reading]]:
    """Return a reading for each edge, plain to close, each choice once; nothing where an edge has no reading."""
    if not all(readings.values()):
        return []
    choices: list[dict[Place, Reading]] = []
    for known in _KNOWN:
        choice = {place: preferred(several, known) for place, several in readings.items()}
        if choice not in choices:
            choices.append(choice)
    return choices


def _plainest(
    several: list[Composed],
    real: NDArray[np.float64],
    outputs: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Composed:
    # The rows at the ends of every feature among them: a root or logarithm has to be defined there too.
    some = np.unique(
        np.concatenate(
            [
                np.linspace(0, len(real) - 1, min(len(real), _SEARCHED)).astype(int),
                real.argmin(axis=0),
                real.argmax(axis=0),
            ]
        )
    )
    tried: list[tuple[float, Composed]] = []
    for one in several:
        fitted = fitted_together(one, real[some], outputs[some], weights[some], _TRIAL)
        tried.append((fitted.misfit(real, outputs), fitted))
        if tried[-1][0] < _EXACT:
            break
    good = max(_SIMPLER * min(misfit for misfit, _ in tried), _EXACT)
    chosen = next(one for misfit, one in tried if misfit <= good)
    return fitted_together(chosen, real, outputs, weights)


def _readings(curves: Curves, X: NDArray[np.float64], functions: Sequence[str]) -> dict[Place, list[Reading]]:
    """Return the readings of each edge, over what its source takes."""
    nodes = curves.nodes(X)
    found: dict[Place, list[Reading]] = {}
    for depth, mask in enumerate(curves.masks):
        values = curves.edges(depth, nodes[depth])
        for i, o in np.argwhere(mask > 0):
            found[(depth, int(i), int(o))] = read_edge(nodes[depth][:, i], values[:, i, o], functions)
    return found


def _joined(
    curves: Curves, X: NDArray[np.float64], functions: Sequence[str], apart: dict[Place, list[Reading]]
) -> dict[Place, list[Reading]]:
    """Return the readings where a node with one edge coming in passes its source on; edges from it are read anew."""
    nodes = curves.nodes(X)
    found = dict(apart)
    passed: dict[int, NDArray[np.float64]] = {}  # node of the layer → what it passes on
    for depth, mask in enumerate(curves.masks):
        values = curves.edges(depth, nodes[depth]) if passed else None
        following: dict[int, NDArray[np.float64]] = {}
        inner = depth + 1 < len(curves.masks)
        for i, o in np.argwhere(mask > 0).tolist():
            if inner and (mask[:, o] > 0).sum() == 1:
                found[(depth, i, o)] = [_PASSED_ON]
                following[o] = passed.get(i, nodes[depth][:, i])
            elif values is not None and i in passed:
                found[(depth, i, o)] = read_edge(passed[i], values[:, i, o], functions)
        passed = following
    return found


def _composed(
    curves: Curves,
    readings: dict[Place, Reading],
    scaling: Scaling,
    back: tuple[float, float],
) -> Composed:
    layers: list[list[Edge]] = [[] for _ in curves.masks]
    shifts = [np.zeros(mask.shape[1]) for mask in curves.masks]
    last = len(layers) - 1
    for (depth, i, o), one in readings.items():
        a, b, unit = one.a, one.b, back[0] if depth == last else 1.0
        if depth == 0:
            a, b = a / scaling.width[i], b - a * scaling.centre[i] / scaling.width[i]
        layers[depth].append(Edge(one.name, i, o, float(a), float(b), one.c * unit, one.r2))
        shifts[depth][o] += one.d * unit
    shifts[last] += back[1]
    composed = Composed(layers, shifts, [np.zeros(len(one), dtype=bool) for one in shifts])
    bring_to_normal_form(composed)
    return composed


def _expressions(
    composed: Composed, names: Sequence[str], real: NDArray[np.float64], outputs: NDArray[np.float64]
) -> list[Any]:
    """Return an expression for each output, multiplied out where that is shorter, its numbers rounded last of all."""
    import sympy

    symbols = nodes = [sympy.Symbol(name, real=True) for name in names]
    for edges, shifts in zip(composed.layers, composed.shifts, strict=True):
        following = [as_sympy(float(shift), _ALL_DIGITS) for shift in shifts]
        for edge in edges:
            argument = as_sympy(edge.a, _ALL_DIGITS) * nodes[edge.source] + as_sympy(edge.b, _ALL_DIGITS)
            following[edge.goal] += as_sympy(edge.c, _ALL_DIGITS) * edge.spec.expression(argument)
        nodes = following
    shortest = [min((one, sympy.expand(one)), key=sympy.count_ops) for one in nodes]
    return [_rounded(one, symbols, real, outputs[:, place]) for place, one in enumerate(shortest)]


def _rounded(
    expression: Any, symbols: Sequence[Any], real: NDArray[np.float64], output: NDArray[np.float64]
) -> Any:
    """Return the expression with as few digits as leave its misfit as it is: plain numbers, six digits, more."""
    import sympy

    def misfit(one: Any) -> float:
        values = np.asarray(sympy.lambdify(symbols, one, "numpy")(*real.T), dtype=np.float64)
        return float(np.sqrt(((values - output) ** 2).mean()) / max(float(output.std()), 1e-300))

    numbers = sorted(expression.atoms(sympy.Float), key=float)
    with np.errstate(all="ignore"):
        allowed = 1.02 * misfit(expression) + _EXACT
        for digits, near in ((6, 1e-5), (6, 1e-12), (9, 1e-12), (12, 1e-12)):
            shorter = expression.xreplace({one: as_sympy(float(one), digits, near) for one in numbers})
            if misfit(shorter) <= allowed:
                return shorter
    return expression
