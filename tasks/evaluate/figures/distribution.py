"""What the model says about all candidates, and where the searched range lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, new_axes, set_labels, with_unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


def prediction_histogram(
    edges: NDArray[np.float64],
    counts: NDArray[np.int64],
    window: tuple[float | None, float | None],
    quantity: str,
    unit: str,
    *,
    in_domain: NDArray[np.int64] | None = None,
    theme: Theme = LIGHT,
) -> Figure:
    """Return the histogram of the candidates' predictions with the searched range shaded.

    Parameters
    ----------
    edges, counts
        Shapes (bins + 1,) in `unit` and (bins,): counted batch by batch, as candidates do not fit in memory.
    window
        Lower and upper end of the searched range; None where it is open.
    in_domain
        Shape (bins,): those of `counts` inside the applicability domain.

    Examples
    --------
    >>> edges, counts = np.array([0.0, 1.0, 2.0]), np.array([3, 4])
    >>> figure = prediction_histogram(edges, counts, (1.1, 1.7), "band gap", "eV")
    >>> figure.axes[0].get_ylabel()
    'candidates'
    """
    from matplotlib.ticker import FuncFormatter

    figure, axes = new_axes(5.2, 3.2, theme)
    if len(counts) == 0:
        edges, counts = np.array([0.0, 1.0]), np.array([0])
    low, high = window
    left, right = float(edges[0]), float(edges[-1])
    if low is not None or high is not None:
        axes.axvspan(
            left if low is None else low,
            right if high is None else high,
            color=theme.series[1],
            alpha=0.25,
            linewidth=0,
            label="searched range",
            zorder=0.5,
        )
    if in_domain is None:
        axes.stairs(counts, edges, fill=True, color=theme.series[0], label="candidates", zorder=2)
    else:
        axes.stairs(
            counts, edges, fill=True, color=theme.muted, alpha=0.55, label="outside the domain", zorder=2
        )
        axes.stairs(in_domain, edges, fill=True, color=theme.series[0], label="inside the domain", zorder=3)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    set_labels(axes, with_unit(f"predicted {quantity}", unit), "candidates", theme)
    axes.legend(frameon=False, labelcolor=theme.text, fontsize=8.5, loc="lower right", ncols=3,
                bbox_to_anchor=(1.02, 1.0), borderaxespad=0.2, handlelength=1.0, columnspacing=1)  # fmt: skip
    return figure
