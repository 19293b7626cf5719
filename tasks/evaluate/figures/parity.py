"""Predicted against measured values, and what is left between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, new_axes, set_labels, with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Below this many points each one is drawn; above, the cells of a hexagonal grid show how many there are.
SINGLE_POINTS = 400


def parity(
    y_true: NDArray[np.float64],
    y_pred: NDArray[np.float64],
    quantity: str,
    unit: str,
    *,
    theme: Theme = LIGHT,
    window: tuple[float | None, float | None] | None = None,
) -> Figure:
    """Return predictions against truth with the line of equality.

    Parameters
    ----------
    y_true, y_pred
        Arrays of shape (rows,) in `unit`; rows with a value that is not finite are left out.
    quantity, unit
        What the values are, for the axes.
    window
        Lower and upper end of the range that is searched for (either may be None), drawn as a band.

    Examples
    --------
    >>> figure = parity(np.array([1.0, 2.0]), np.array([1.1, 1.8]), "band gap", "eV")
    >>> figure.axes[0].get_xlabel()
    'measured band gap (eV)'
    """
    figure, axes = new_axes(5.0, 4.5, theme)
    truth, predicted = _finite(y_true, y_pred)
    low, high = _padded_range(np.concatenate([truth, predicted]))
    if window is not None:
        below, above = window
        axes.axhspan(
            low if below is None else max(below, low),
            high if above is None else min(above, high),
            color=theme.series[1],
            alpha=0.18,
            linewidth=0,
            zorder=0.5,
        )
    _points(axes, truth, predicted, (low, high, low, high), theme)
    axes.plot([low, high], [low, high], color=theme.warning, linewidth=1.2, zorder=3)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    set_labels(axes, with_unit(f"measured {quantity}", unit), with_unit(f"predicted {quantity}", unit), theme)
    return figure


def residuals(
    y_true: NDArray[np.float64],
    y_pred: NDArray[np.float64],
    quantity: str,
    unit: str,
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return predicted minus measured against the prediction, with the median and the middle 80 % in bins.

    Parameters
    ----------
    y_true, y_pred
        Arrays of shape (rows,) in `unit`; rows with a value that is not finite are left out.
    quantity, unit
        What the values are, for the axes.

    Examples
    --------
    >>> figure = residuals(np.array([1.0, 2.0]), np.array([1.1, 1.8]), "band gap", "eV")
    >>> figure.axes[0].get_ylabel()
    'predicted − measured (eV)'
    """
    figure, axes = new_axes(5.0, 4.5, theme)
    truth, predicted = _finite(y_true, y_pred)
    difference = predicted - truth
    left, right = _padded_range(predicted)
    reach = 1.05 * float(np.max(np.abs(difference), initial=0.0)) or 1.0
    _points(axes, predicted, difference, (left, right, -reach, reach), theme)
    axes.axhline(0.0, color=theme.warning, linewidth=1.2, zorder=3)
    centre, quantiles = _running_quantiles(predicted, difference)
    if len(centre) > 1:
        ink = theme.text
        axes.plot(centre, quantiles[1], color=ink, linewidth=1.6, label="median", zorder=4)
        axes.plot(centre, quantiles[0], "--", color=ink, linewidth=1.0, label="10 % and 90 %", zorder=4)
        axes.plot(centre, quantiles[2], "--", color=ink, linewidth=1.0, zorder=4)
        axes.legend(frameon=False, labelcolor=theme.text, fontsize=8.5, loc="upper right", ncols=2)
    axes.set_xlim(left, right)
    axes.set_ylim(-reach, reach)
    set_labels(
        axes,
        with_unit(f"predicted {quantity}", unit),
        with_unit("predicted − measured", unit),
        theme,
    )
    return figure


def _finite(
    y_true: NDArray[np.float64], y_pred: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = np.isfinite(y_true) & np.isfinite(y_pred)
    return y_true[known], y_pred[known]


def _padded_range(values: NDArray[np.float64]) -> tuple[float, float]:
    if len(values) == 0:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or max(abs(high), 1.0) * 0.04
    return low - margin, high + margin


def _points(
    axes: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    extent: tuple[float, float, float, float],
    theme: Theme,
) -> None:
    from matplotlib.colors import LinearSegmentedColormap, LogNorm
    from matplotlib.ticker import FuncFormatter

    if len(x) <= SINGLE_POINTS:
        axes.scatter(x, y, s=14, color=theme.series[0], alpha=0.55, linewidths=0, zorder=2)
        return
    cells = axes.hexbin(
        x,
        y,
        gridsize=(56, 32),
        extent=extent,
        mincnt=1,
        norm=LogNorm(),
        cmap=LinearSegmentedColormap.from_list(f"matsluice_{theme.name}", theme.ramp),
        linewidths=0.1,
        zorder=2,
    )
    bar = axes.figure.colorbar(cells, ax=axes, shrink=0.55, aspect=18, pad=0.02)
    bar.set_label("rows per cell", color=theme.text, fontsize=8.5)
    bar.ax.tick_params(colors=theme.muted, labelcolor=theme.text, labelsize=8)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    bar.ax.minorticks_off()
    bar.outline.set_visible(False)


def _running_quantiles(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centres and the 10, 50 and 90 % quantiles of y in bins that hold equally many points."""
    bins = min(12, len(x) // 25)
    if bins < 2:
        return np.empty(0), np.empty((3, 0))
    parts = np.array_split(np.argsort(x, kind="stable"), bins)
    centre = np.array([np.median(x[part]) for part in parts])
    return centre, np.array([np.quantile(y[part], [0.1, 0.5, 0.9]) for part in parts]).T
