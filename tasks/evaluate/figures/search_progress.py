"""How the best error of a search falls with the number of trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, new_axes, set_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure


def search_progress(
    best_so_far: Sequence[Sequence[float]], default: Sequence[float], *, theme: Theme = LIGHT
) -> Figure:
    """Return a step line a fold: the least inner error after each trial over that of the defaults.

    Parameters
    ----------
    best_so_far
        For each fold the least error after each trial; NaN before the first complete one.
    default
        For each fold the error of the defaults; where it is NaN, the first known error stands in for it.

    Examples
    --------
    >>> figure = search_progress([[2.0, 2.0, 1.0], [4.0, 3.0, 3.0]], [2.0, 4.0])
    >>> [float(line.get_ydata()[-1]) for line in figure.axes[0].get_lines()[1:]]
    [0.5, 0.75]
    """
    figure, axes = new_axes(5.2, 3.1, theme)
    axes.axhline(1.0, linestyle="--", color=theme.muted, linewidth=1.0)
    for fold, (curve, base) in enumerate(zip(best_so_far, default, strict=True)):
        values = np.asarray(curve, dtype=float)
        known = values[np.isfinite(values)]
        least = base if np.isfinite(base) else (known[0] if len(known) else np.nan)
        colour = theme.series[fold % len(theme.series)]
        axes.step(
            np.arange(1, len(values) + 1),
            values / least,
            where="post",
            color=colour,
            linewidth=1.6,
            alpha=0.9,
            label=f"fold {fold}",
        )
    axes.set_ylim(top=1.02)
    set_labels(axes, "trials", "least inner error / that of the defaults", theme)
    if len(best_so_far) <= len(theme.series):
        legend = axes.legend(frameon=False, fontsize=8.5, loc="lower left", bbox_to_anchor=(0, 1), ncols=5)
        for text in legend.get_texts():
            text.set_color(theme.text)
    return figure
