"""One score of every model under several splits, side by side."""

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

# Seven and the five colours: as many splits as there are can be told apart.
MARKERS = ("o", "s", "D", "^", "v", "P", "X")


def split_comparison(
    models: Sequence[str],
    scores: Mapping[str, Sequence[tuple[float, float]]],
    label: str,
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return a dumbbell per model: its score under each split, the spread over folds as a thin line.

    Parameters
    ----------
    models
        Names from top to bottom.
    scores
        Split to (mean, standard deviation over folds) per model; NaN where a model was not run.
    label
        The score with its unit, for the axis.

    Examples
    --------
    >>> scores = {"random": [(0.5, 0.1)], "composition": [(0.6, 0.1)]}
    >>> figure = split_comparison(["ridge"], scores, "MAE (eV)")
    >>> figure.axes[0].get_xlabel()
    'MAE (eV)'
    """
    figure, axes = new_axes(5.2, 1.15 + 0.44 * max(len(models), 1), theme)
    place = np.arange(len(models), dtype=float)
    values = np.array([[pair[0] for pair in column] for column in scores.values()], dtype=float)
    for row in range(len(models)):
        known = values[:, row][np.isfinite(values[:, row])]
        if len(known) > 1:
            axes.plot([known.min(), known.max()], [row, row], color=theme.grid, linewidth=7, zorder=1,
                      solid_capstyle="round")  # fmt: skip
    # Random first in orange, the split that answers the question in blue.
    colours = (theme.series[1], theme.series[0], *theme.series[2:])
    for number, (split, column) in enumerate(scores.items()):
        mean = np.array([pair[0] for pair in column], dtype=float)
        spread = np.nan_to_num(np.array([pair[1] for pair in column], dtype=float))
        colour = colours[number % len(colours)]
        axes.errorbar(mean, place, xerr=spread, fmt="none", ecolor=colour, elinewidth=1.4, zorder=2)
        axes.scatter(
            mean,
            place,
            s=58,
            color=colour,
            marker=MARKERS[number % len(MARKERS)],
            edgecolors=theme.background,
            linewidths=0.8,
            zorder=3,
            label=f"{literal(split)} split",
        )
    axes.set_yticks(place, [literal(name) for name in models])
    axes.set_ylim(max(len(models), 1) - 0.5, -0.5)
    if np.isfinite(values).any():
        axes.set_xlim(left=min(0.0, float(np.nanmin(values)) * 1.05))
    horizontal_only(axes)
    set_labels(axes, label, "", theme)
    if scores:
        axes.legend(frameon=False, labelcolor=theme.text, fontsize=9, ncols=3, loc="lower left",
                bbox_to_anchor=(-0.01, 1.0), borderaxespad=0.2, handletextpad=0.3)  # fmt: skip
    return figure
