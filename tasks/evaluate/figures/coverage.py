"""Whether intervals hold what they say, and whether a wide one means a large error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, literal, new_axes, set_labels, with_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Equally many rows stand in each part.
PARTS = 10
FEWEST_ROWS = 5


def coverage_curves(
    curves: Mapping[str, Sequence[float]], asked: float | None = None, *, theme: Theme = LIGHT
) -> Figure:
    """Return the coverage reached against the coverage asked for, one line for each split.

    Parameters
    ----------
    curves
        Split → the share held where 0 to 100 % are asked for, in equal steps.
    asked
        The campaign's own level, drawn as a thin line.

    Examples
    --------
    >>> figure = coverage_curves({"random": [0.0, 0.4, 0.9]}, 0.9)
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['random']
    """
    figure, axes = new_axes(4.6, 4.3, theme)
    axes.plot([0, 1], [0, 1], color=theme.muted, linewidth=1.0, linestyle="--", zorder=1)
    if asked is not None:
        axes.axvline(asked, color=theme.muted, linewidth=0.9, linestyle=":", zorder=1)
        axes.text(
            asked - 0.01, 0.02, f"asked {100 * asked:.0f} %", color=theme.muted, fontsize=8.5, ha="right"
        )
    dashes = ("-", "--", "-.", ":")
    for number, (split, reached) in enumerate(curves.items()):
        axes.plot(
            np.linspace(0.0, 1.0, len(reached)),
            reached,
            color=theme.series[number % len(theme.series)],
            linestyle=dashes[number // len(theme.series) % len(dashes)],
            linewidth=1.8,
            label=literal(split),
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.01)
    axes.set_aspect("equal")
    if curves:
        axes.legend(frameon=False, labelcolor=theme.text, fontsize=9, loc="upper left")
    set_labels(axes, "share asked for", "share of values held", theme)
    return figure


def width_against_error(
    width: NDArray[np.float64], error: NDArray[np.float64], unit: str, *, theme: Theme = LIGHT
) -> Figure:
    """Return the error made in ten parts of the rows, from the narrowest intervals to the widest.

    Parameters
    ----------
    width, error
        Width of the interval and absolute error of each row, (rows,); rows without a finite width are left out.
    unit
        Of both.

    Examples
    --------
    >>> figure = width_against_error(np.linspace(1, 2, 100), np.linspace(0, 1, 100), "eV")
    >>> figure.axes[0].get_xlabel()
    'half width of the interval (eV)'
    """
    figure, axes = new_axes(5.0, 4.3, theme)
    known = np.isfinite(width) & np.isfinite(error)
    order = np.argsort(width[known], kind="stable")
    half, error = width[known][order] / 2, error[known][order]
    parts = [part for part in np.array_split(np.arange(len(half)), PARTS) if len(part) >= FEWEST_ROWS]
    if parts:
        centre = np.array([np.median(half[part]) for part in parts])
        mean = np.array([error[part].mean() for part in parts])
        spread = np.array([np.quantile(error[part], [0.25, 0.75]) for part in parts])
        axes.vlines(centre, spread[:, 0], spread[:, 1], color=theme.series[0], linewidth=1.4, alpha=0.7)
        axes.plot(centre, mean, "o-", color=theme.series[0], linewidth=1.6, markersize=5, label="mean error")
        axes.plot([], [], color=theme.series[0], linewidth=1.4, alpha=0.7, label="middle half of the errors")
        axes.plot(centre, centre, color=theme.muted, linewidth=1.0, linestyle="--", label="half width")
        axes.legend(frameon=False, labelcolor=theme.text, fontsize=9, loc="upper left")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    set_labels(axes, with_unit("half width of the interval", unit), with_unit("error", unit), theme)
    return figure
