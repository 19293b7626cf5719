"""The one way, of all that give the same values, in which a formula's constants are written."""

from __future__ import annotations

from typing import Final

import numpy as np

from matsluice.models.kolmogorov_arnold.formulas.composed import Composed, Edge

_TURN: Final = 2 * np.pi


def bring_to_normal_form(composed: Composed) -> None:
    """Write the constants so that none says what another says already; values stay the same.

    In place. Of c f(a x + b): a power's |a| goes into c, the logarithm's into the shift of the node, the b of
    exp into c.
    The scale and shift of a hidden node with one edge going out go into the edges coming in. Signs: a is positive where
    f is even or odd; a sine has c > 0 and −π < b ≤ π.
    """
    for depth in range(len(composed.layers)):
        for edge in composed.layers[depth]:
            _fold(composed, depth, edge)
            if depth:
                _hand_down(composed, depth, edge)
            _turn(edge)


def _fold(composed: Composed, depth: int, edge: Edge) -> None:
    spec = edge.spec
    scale = abs(edge.a)
    if spec.free == "":
        composed.shifts[depth][edge.goal] += edge.c * edge.b
        edge.c, edge.a, edge.b = edge.c * edge.a, 1.0, 0.0
        edge.held |= {"a", "b"}
    elif spec.free == "b" and scale > 0:
        edge.b, edge.a = edge.b / scale, float(np.sign(edge.a))
        if spec.power is not None:
            edge.c *= scale**spec.power
        else:  # log(k x) = log k + log x
            composed.shifts[depth][edge.goal] += edge.c * np.log(scale)
        edge.held.add("a")
    elif spec.free == "a":
        edge.c, edge.b = edge.c * float(np.exp(np.clip(edge.b, -300, 300))), 0.0
        edge.held.add("b")


def _hand_down(composed: Composed, depth: int, edge: Edge) -> None:
    """Put the scale and shift of the edge's argument into what makes it, where no other edge starts there."""
    if sum(other.source == edge.source for other in composed.layers[depth]) > 1:
        return
    coming = [other for other in composed.layers[depth - 1] if other.goal == edge.source]
    shifts, held = composed.shifts[depth - 1], composed.shifts_held[depth - 1]
    scale = edge.a
    for other in coming:
        other.c *= scale
    shifts[edge.source] = scale * shifts[edge.source] + edge.b
    edge.a, edge.b = 1.0, 0.0
    edge.held |= {"a", "b"}
    if edge.name == "exp":
        edge.c *= float(np.exp(np.clip(shifts[edge.source], -300, 300)))
        shifts[edge.source], held[edge.source] = 0.0, True
    elif edge.name == "x":
        # The shift of a node that is passed on belongs to the next node.
        composed.shifts[depth][edge.goal] += edge.c * shifts[edge.source]
        shifts[edge.source], held[edge.source] = 0.0, True
    if edge.spec.power is None and edge.name != "log":
        return
    first = next((other for other in coming if "c" not in other.held and other.c), None)
    if first is None:
        return
    scale = abs(first.c)
    for other in coming:
        other.c /= scale
    shifts[edge.source] /= scale
    first.c = float(np.sign(first.c))
    first.held.add("c")
    if edge.spec.power is not None:
        edge.c *= scale**edge.spec.power
    else:
        composed.shifts[depth][edge.goal] += edge.c * np.log(scale)


def _turn(edge: Edge) -> None:
    spec = edge.spec
    if edge.a < 0 and (spec.is_even or spec.is_odd):
        edge.a, edge.b = -edge.a, -edge.b
        edge.c = -edge.c if spec.is_odd else edge.c
    if edge.name == "sin" and "b" not in edge.held:
        if edge.c < 0:
            edge.c, edge.b = -edge.c, edge.b + np.pi
        edge.b = float(np.pi - (np.pi - edge.b) % _TURN)
        # sin(x + π − 0) is −sin(x): the smaller shift is the plainer one.
        if abs(edge.b) > np.pi / 2 + 1e-6:
            edge.c, edge.b = -edge.c, edge.b - float(np.sign(edge.b)) * np.pi
