"""Classes in two directions of each set of features, side by side: before and after engineering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from matsluice.tasks.evaluate.figures.style import DOTS_PER_INCH, LIGHT, Theme, literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from matsluice.models.separability import Separability

MARKERS = ("o", "^", "s", "D", "v")
# Panels side by side; more of them go into further rows, of as equal length as can be.
MOST_BESIDE = 4
# Share of the rows on each side that may lie outside the frame: one outlier would press all others together.
OUTSIDE = 0.01


def separability_figure(
    found: Mapping[str, Separability],
    y: Sequence[Any],
    *,
    theme: Theme = LIGHT,
    target: str = "",
    classes: Sequence[Any] = (),
) -> Figure:
    """Return a panel for each set of features: rows left out, on the directions that part the classes.

    Parameters
    ----------
    found
        Name of the set to what `separability` returned for it.
    y
        Class of each row (n,); at most five classes are told apart.
    target
        What the classes are of, as the title of the legend.
    classes
        In the order of the legend; as numpy sorts them where left out.

    Examples
    --------
    >>> from matsluice.models.separability import Separability
    >>> one = Separability(2, 1.0, 0.8, 0.1, np.zeros((4, 2)))
    >>> len(separability_figure({"before": one, "after": one}, ["a", "b", "a", "b"]).axes)
    2
    """
    from matplotlib.figure import Figure

    below = -(-len(found) // MOST_BESIDE)
    beside = -(-len(found) // below)
    size = (max(2.9 * beside, 3.6), 2.9 * below + 0.8)
    figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
    figure.set_facecolor(theme.background)
    grid = cast("Sequence[Axes]", figure.subplots(below, beside, squeeze=False).ravel())
    panels = grid[: len(found)]
    for empty in grid[len(found) :]:
        empty.set_axis_off()
    classes = list(classes) or list(np.unique(np.asarray(y)))
    for axes, (name, one) in zip(panels, found.items(), strict=True):
        _style(axes, theme)
        _points(axes, one, np.asarray(y), classes, theme)
        axes.set_title(
            f"{literal(name)}\n{share_text(one.probe_accuracy, one.probe_deviation)} by a line, "
            f"Fisher {one.fisher_ratio:.2g}",
            color=theme.text, fontsize=9, loc="left",
        )  # fmt: skip
    for axes in panels[-beside:]:
        axes.set_xlabel("discriminant direction", color=theme.text, fontsize=9)
    second = "second discriminant direction" if len(classes) > 2 else "largest variance beside it"
    for axes in panels[::beside]:
        axes.set_ylabel(second, color=theme.text, fontsize=9)
    handles, labels = panels[0].get_legend_handles_labels()
    legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=9,
        labelcolor=theme.text, title=literal(target) or None, title_fontsize=9,
    )  # fmt: skip
    legend.get_title().set_color(theme.muted)
    return figure


def share_text(share: float, deviation: float) -> str:
    """Return a share and its standard deviation in percent, with a decimal where the deviation asks for one.

    Examples
    --------
    >>> share_text(0.794, 0.021), share_text(0.631, 0.004)
    ('79 % ± 2 %', '63.1 % ± 0.4 %')
    """
    places = 0 if deviation >= 0.0095 or deviation <= 0 else 1
    return f"{100 * share:.{places}f} % ± {100 * deviation:.{places}f} %"


def _style(axes: Axes, theme: Theme) -> None:
    axes.set_facecolor(theme.background)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(theme.muted)
    axes.tick_params(colors=theme.muted, labelcolor=theme.text, labelsize=8, length=3)
    axes.grid(visible=True, color=theme.grid, linewidth=0.7)
    axes.set_axisbelow(True)


def _points(axes: Axes, one: Separability, y: Any, classes: Sequence[Any], theme: Theme) -> None:
    low, high = np.quantile(one.projection, [OUTSIDE, 1.0 - OUTSIDE], axis=0)
    margin = 0.08 * np.maximum(high - low, 1e-9)
    for number, name in enumerate(classes):
        rows = one.projection[y == name]
        axes.scatter(
            rows[:, 0], rows[:, 1], s=13, alpha=0.65, linewidths=0, label=literal(str(name)),
            color=theme.series[number % len(theme.series)], marker=MARKERS[number % len(MARKERS)],
        )  # fmt: skip
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
