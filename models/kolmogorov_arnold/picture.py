"""A network as a picture: features on the left, and on every edge the curve it has learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.curves import Curves
from matsluice.models.kolmogorov_arnold.pruning import importances

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# More edges than this cannot be told apart on a page.
_MOST: Final = 24
_ROWS: Final = 400
_CURVE: Final = "#0072b2"
_LINE: Final = "#8a96a3"
_TEXT: Final = "#1c2530"


def picture(curves: Curves, X: NDArray[np.float64], names: Sequence[str], output: str = "output") -> Figure:
    """Return the picture: each box shows an edge's curve over what its input takes, darker where more goes through it.

    Parameters
    ----------
    curves
        The network.
    X
        Scaled features (rows, columns).
    names
        Of the features.
    output
        Name of the outputs.
    """
    from matplotlib.figure import Figure

    shares = importances(curves, X)
    every = [
        (float(shares[depth][i, o]), depth, int(i), int(o))
        for depth, mask in enumerate(curves.masks)
        for i, o in np.argwhere(mask > 0)
    ]
    shown = sorted(every, reverse=True)[:_MOST]
    columns = [
        sorted(((o, i, share) for share, depth, i, o in shown if depth == layer))
        for layer in range(len(curves.masks))
    ]
    used = [sorted({i for _, i, _ in column}) for column in columns]
    used.append(list(range(curves.network.sizes[-1])))
    tallest = max([len(column) for column in columns] + [len(nodes) for nodes in used])
    figure = Figure(figsize=(2.4 + 2.7 * len(columns), 0.9 + 0.62 * tallest), dpi=150)
    figure.set_facecolor("white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _edges(figure, axes, curves, X, columns, used)
    _nodes(axes, used, names, output)
    if len(every) > len(shown):
        left = f"the {len(shown)} most important of {len(every)} edges"
        axes.text(0.5, 0.01, left, ha="center", va="bottom", fontsize=8, color=_LINE)
    return figure


def _heights(count: int) -> NDArray[np.float64]:
    return 0.95 - 0.9 * (np.arange(count) + 0.5) / max(count, 1)


def _across(layer: float, layers: int) -> float:
    return 0.14 + 0.74 * layer / max(layers - 1, 1)


def _edges(
    figure: Figure,
    axes: Any,
    curves: Curves,
    X: NDArray[np.float64],
    columns: list[list[tuple[int, int, float]]],
    used: list[list[int]],
) -> None:
    nodes = curves.nodes(X[:_ROWS])
    layers = len(used)
    wide, high = 0.40 * 0.74 / max(layers - 1, 1), min(0.8 * 0.9 / max(map(len, columns)), 0.2)
    for layer, column in enumerate(columns):
        values = curves.edges(layer, nodes[layer])
        middle = _across(layer + 0.5, layers)
        largest = max((share for _, _, share in column), default=1.0)
        for height, (o, i, share) in zip(_heights(len(column)), column, strict=True):
            strength = 0.3 + 0.7 * share / max(largest, 1e-300)
            before = _heights(len(used[layer]))[used[layer].index(i)]
            goals = used[layer + 1]
            if o in goals:
                after = _heights(len(goals))[goals.index(o)]
                axes.plot(
                    [middle, _across(layer + 1, layers)], [height, after], color=_LINE, lw=0.9, alpha=strength
                )
            axes.plot([_across(layer, layers), middle], [before, height], color=_LINE, lw=0.9, alpha=strength)
            box = figure.add_axes((middle - wide / 2, height - high / 2, wide, high))
            order = np.argsort(nodes[layer][:, i], kind="stable")
            box.plot(nodes[layer][order, i], values[order, i, o], color=_CURVE, lw=1.5, alpha=strength)
            box.set_xticks([])
            box.set_yticks([])
            for side in box.spines.values():
                side.set_color(_LINE)
                side.set_linewidth(0.6)


def _nodes(axes: Any, used: list[list[int]], names: Sequence[str], output: str) -> None:
    for layer, nodes in enumerate(used):
        across = _across(layer, len(used))
        for height, node in zip(_heights(len(nodes)), nodes, strict=True):
            is_sum = layer > 0
            axes.scatter([across], [height], s=90 if is_sum else 36, color="white" if is_sum else _TEXT,
                         edgecolors=_TEXT, linewidths=0.9, zorder=3)  # fmt: skip
            if is_sum:
                axes.text(
                    across, height - 0.002, "+", ha="center", va="center", fontsize=8, color=_TEXT, zorder=4
                )
            if layer == 0:
                label = names[node].replace("$", r"\$")
                axes.text(across - 0.015, height, label, ha="right", va="center", fontsize=9, color=_TEXT)
            elif layer == len(used) - 1:
                label = output if len(nodes) == 1 else f"{output} {node}"
                axes.text(across + 0.018, height, label, ha="left", va="center", fontsize=9, color=_TEXT)
