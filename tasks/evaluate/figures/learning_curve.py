"""A model's error against the number of rows it has learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, new_axes, set_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure


def learning_curve(
    rows: Sequence[float], folds: Sequence[Sequence[float]], label: str, *, theme: Theme = LIGHT
) -> Figure:
    """Return the mean over the folds as a line, and every fold as a thin one, rows on a logarithmic axis.

    Parameters
    ----------
    rows
        Rows learned from, (points,), ascending.
    folds
        The error of each fold at each point, (points, folds); NaN where it is not defined.
    label
        The error with its unit, for the axis.

    Examples
    --------
    >>> figure = learning_curve([100, 200, 400], [[0.6, 0.7], [0.5, 0.6], [0.45, 0.5]], "MAE (eV)")
    >>> figure.axes[0].get_xscale(), len(figure.axes[0].lines)
    ('log', 3)
    """
    figure, axes = new_axes(5.2, 3.3, theme)
    values = np.asarray(folds, dtype=np.float64)
    for column in values.T:
        axes.plot(rows, column, color=theme.series[0], linewidth=0.9, alpha=0.35, zorder=2)
    axes.plot(
        rows, values.mean(axis=1), color=theme.series[0], linewidth=2.2, marker="o", markersize=6, zorder=3
    )
    axes.set_xscale("log")
    axes.set_xticks(list(rows), [f"{count:,.0f}" for count in rows])
    axes.minorticks_off()
    if np.isfinite(values).any():
        axes.set_ylim(bottom=0.0, top=1.08 * float(np.nanmax(values)))
    set_labels(axes, "rows learned from", label, theme)
    return figure
