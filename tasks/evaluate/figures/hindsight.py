"""What a screen finds in hindsight: against how many are taken, and against how many were measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, literal, new_axes, set_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

DASHES = ("-", "--", "-.", ":")


def found_against(
    count: NDArray[np.int64],
    ways: Mapping[str, tuple[Sequence[float] | NDArray[np.float64], Sequence[float] | NDArray[np.float64]]],
    labels: tuple[str, str],
    *,
    expected: NDArray[np.float64] | None = None,
    logarithmic: bool = False,
    shares: bool = False,
    theme: Theme = LIGHT,
) -> Figure:
    """Return a line for each way of choosing, with its spread as a band, and chance as a dashed line.

    Parameters
    ----------
    count
        How many are taken, (points,), ascending.
    ways
        Name → mean and standard deviation at each point, (points,) each.
    labels
        Words of the horizontal and of the vertical axis.
    expected
        What chance is expected to find, (points,); None where it is not drawn.
    logarithmic
        Whether the horizontal axis is.
    shares
        Whether the vertical axis has shares, which bands do not leave: from 0 to 1.

    Examples
    --------
    >>> figure = found_against(np.array([1, 2]), {"ridge": ([1.0, 0.5], [0.0, 0.1])}, ("taken", "precision"))
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['ridge']
    """
    figure, axes = new_axes(5.2, 3.6, theme)
    for number, (name, (mean, spread)) in enumerate(ways.items()):
        colour = theme.series[number % len(theme.series)]
        middle, half = np.asarray(mean, dtype=np.float64), np.asarray(spread, dtype=np.float64)
        low, high = middle - half, middle + half
        if shares:
            low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
        axes.fill_between(count, low, high, color=colour, alpha=0.16, linewidth=0)
        axes.plot(
            count,
            middle,
            color=colour,
            linestyle=DASHES[number // len(theme.series) % len(DASHES)],
            linewidth=1.9,
            label=literal(name),
        )
    if expected is not None:
        axes.plot(count, expected, "--", color=theme.muted, linewidth=1.1, label="expected at random")
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_ylim(bottom=0.0, top=1.03 if shares else None)
    axes.legend(frameon=False, labelcolor=theme.text, fontsize=9)
    set_labels(axes, labels[0], labels[1], theme)
    return figure
