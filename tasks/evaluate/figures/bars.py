"""Lying bars: what a model looks at, where time went, and which group of materials is predicted badly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import (
    LIGHT,
    Theme,
    horizontal_only,
    literal,
    new_axes,
    set_labels,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure


def importance(
    columns: Sequence[str], values: Sequence[float], *, theme: Theme = LIGHT, most: int = 15
) -> Figure:
    """Return the most important features of a model, largest first, each with its name above the bar.

    Parameters
    ----------
    columns
        Full names of the features.
    values
        Their importance, in any order; shares of one where the model normalises them.
    most
        How many are drawn.

    Examples
    --------
    >>> len(importance(["a", "b", "c"], [0.2, 0.7, 0.1], most=2).axes[0].patches)
    2
    """
    order = np.argsort(-np.asarray(values, dtype=float), kind="stable")[:most]
    figure, axes = new_axes(6.4, 0.7 + 0.36 * max(len(order), 1), theme)
    place = np.arange(len(order))
    axes.barh(place + 0.18, [values[i] for i in order], height=0.34, color=theme.series[0], zorder=2)
    for row, index in enumerate(order):
        axes.text(0, row - 0.06, literal(columns[int(index)]), color=theme.text, fontsize=8.5, va="bottom")
    axes.set_yticks([])
    axes.set_ylim(max(len(order), 1) - 0.4, -0.6)
    axes.set_xlim(left=0)
    horizontal_only(axes)
    set_labels(axes, "importance (share of the model's total)", "", theme)
    return figure


def error_by_group(
    groups: Sequence[str],
    errors: Sequence[float],
    counts: Sequence[int],
    overall: float,
    labels: tuple[str, str],
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return the mean absolute error per group of rows, with the number of rows at the right.

    Parameters
    ----------
    groups, errors, counts
        Name, mean absolute error and number of rows of each group, from top to bottom.
    overall
        The error over all rows, drawn as a line.
    labels
        Words of the horizontal and of the vertical axis, units included.

    Examples
    --------
    >>> figure = error_by_group(["2", "3"], [0.4, 0.3], [120, 80], 0.36, ("MAE (eV)", "elements"))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['120', '80', 'rows']
    """
    figure, axes = new_axes(5.0, 1.1 + 0.31 * max(len(groups), 3), theme)
    place = np.arange(len(groups))
    drawn = np.nan_to_num(np.asarray(errors, dtype=float))
    colours = [theme.warning if error > overall else theme.series[0] for error in drawn]
    axes.barh(place, drawn, height=0.68, color=colours, zorder=2)
    if np.isfinite(overall):
        axes.axvline(overall, color=theme.text, linewidth=1.1, linestyle="--", zorder=3, label="all rows")
        axes.legend(frameon=False, labelcolor=theme.text, fontsize=8.5, loc="lower left",
                    bbox_to_anchor=(0.0, 1.0), borderaxespad=0.1)  # fmt: skip
    reach = float(drawn.max(initial=0.0)) or 1.0
    for row, count in enumerate(counts):
        axes.text(1.2 * reach, row, f"{count:,}", color=theme.muted, fontsize=8.5, ha="right", va="center")
    axes.text(1.2 * reach, -0.62, "rows", color=theme.muted, fontsize=8.5, ha="right", va="bottom")
    axes.set_xlim(0, 1.2 * reach)
    axes.set_yticks(place, [literal(group) for group in groups])
    axes.set_ylim(max(len(groups), 1) - 0.45, -0.55)
    horizontal_only(axes)
    set_labels(axes, labels[0], labels[1], theme)
    return figure


def stage_seconds(seconds: Mapping[str, float], *, theme: Theme = LIGHT) -> Figure:
    """Return the seconds each stage took, in the order in which they ran.

    Examples
    --------
    >>> figure = stage_seconds({"ingest": 0.4, "featurize": 3.1})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.4 s', '3.1 s']
    """
    figure, axes = new_axes(5.0, 0.85 + 0.34 * max(len(seconds), 1), theme)
    place = np.arange(len(seconds))
    values = np.nan_to_num(np.array(list(seconds.values()), dtype=float))
    reach = float(values.max(initial=0.0)) or 1.0
    axes.barh(place, values, height=0.66, color=theme.series[0], zorder=2)
    for row, value in enumerate(values):
        axes.text(value + 0.015 * reach, row, f"{value:.1f} s", color=theme.text, fontsize=9, va="center")
    axes.set_yticks(place, [literal(name) for name in seconds])
    axes.set_ylim(max(len(seconds), 1) - 0.45, -0.55)
    axes.set_xlim(0, reach * 1.18)
    horizontal_only(axes)
    set_labels(axes, "wall time (s)", "", theme)
    return figure
