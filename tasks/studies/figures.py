"""The studies' figures, drawn from their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, new_axes, set_labels
from matsluice.tasks.studies.dot_labels import label_dots
from matsluice.tasks.studies.kan_against_mlp import Contest
from matsluice.tasks.studies.optimizer_study import OptimizerStudy, converged_at

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OPTIMIZER_NAMES: Final = {"gd": "gradient descent", "sgd": "SGD, momentum", "adam": "Adam", "lbfgs": "L-BFGS"}
_COSTS: Final = {
    "epoch": "passes over the rows (L-BFGS: steps)",
    "seconds": "seconds of training",
    "gradient_evaluations": "gradients computed",
}
_MARKERS: Final = ("o", "s", "D", "^")


def loss_by_cost(study: OptimizerStudy, cost: str, *, theme: Theme = LIGHT) -> Figure:
    """Return loss against what it cost: per optimiser the median fold, the others pale, a dot where it converged.

    Parameters
    ----------
    cost
        "epoch", "seconds" or "gradient_evaluations".
    """
    figure, axes = new_axes(5.6, 3.7, theme)
    for number, (optimizer, fits) in enumerate(study.histories.items()):
        colour = theme.series[number % len(theme.series)]
        middle = int(np.argsort([one["loss"][-1] for one in fits], kind="stable")[len(fits) // 2])
        for place, one in enumerate(fits):
            shown: dict[str, Any] = (
                {"linewidth": 1.8} if place == middle else {"linewidth": 0.6, "alpha": 0.4}
            )
            axes.plot(one[cost], one["loss"], color=colour, zorder=2, **shown)
        one = fits[middle]
        at = converged_at(one["loss"])
        axes.scatter(one[cost][at], one["loss"][at], s=84 - 14 * number, color=colour, edgecolors=theme.background,
                     marker=_MARKERS[number % len(_MARKERS)], zorder=4,
                     label=OPTIMIZER_NAMES.get(optimizer, optimizer))  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    set_labels(axes, _COSTS[cost], "training loss (σ² of the target)", theme)
    _legend(axes, theme, 4)
    return figure


def error_for_cost(contest: Contest, cost: str, *, theme: Theme = LIGHT) -> Figure:
    """Return test error against parameters or seconds, a dot per contestant, and the line nobody is better than.

    Parameters
    ----------
    cost
        "parameters" or "seconds".
    """
    figure, axes = new_axes(5.6, 3.9, theme)
    key = {"parameters": "on_front", "seconds": "on_time_front"}[cost]
    front = sorted((one[cost], one["rmse"]) for one in contest.table if one[key])
    axes.plot(
        *zip(*front, strict=True),
        color=theme.muted,
        linewidth=1.0,
        linestyle="--",
        zorder=1,
        label="best for its cost",
    )
    places: dict[tuple[float, float], list[str]] = {}
    for number, (kind, name) in enumerate((("mlp", "perceptron"), ("kan", "Kolmogorov–Arnold"))):
        lines = [one for one in contest.table if one["kind"] == kind]
        axes.errorbar([one[cost] for one in lines], [one["rmse"] for one in lines],
                      yerr=[one["rmse_std"] for one in lines], fmt=_MARKERS[number], markersize=6.5,
                      color=theme.series[number], ecolor=theme.series[number], elinewidth=0.8,
                      markeredgecolor=theme.background, zorder=3, label=name)  # fmt: skip
        for one in lines:
            places.setdefault((one[cost], one["rmse"]), []).append(one["name"].split(" ", 1)[1])
    axes.set_xscale("log")
    _plain_decades(axes.xaxis, [one[cost] for one in contest.table])
    errors = [one["rmse"] for one in contest.table]
    if max(errors) > 10 * min(errors):
        axes.set_yscale("log")
    axes.margins(x=0.14, y=0.12)
    label_dots(axes, list(places), [", ".join(names) for names in places.values()], theme=theme)
    label = {"parameters": "parameters", "seconds": "seconds of a fit"}[cost]
    set_labels(axes, label, f"test RMSE, {contest.data} (σ of the target)", theme)
    _legend(axes, theme, 3)
    return figure


def error_by_width_figure(table: Sequence[Mapping[str, Any]], *, theme: Theme = LIGHT) -> Figure:
    """Return the largest error against the width of the hidden layer, a line per activation; pale: the median start."""
    figure, axes = new_axes(5.2, 3.7, theme)
    for number, activation in enumerate(dict.fromkeys(one["activation"] for one in table)):
        lines = [one for one in table if one["activation"] == activation]
        widths, colour = [one["width"] for one in lines], theme.series[number % len(theme.series)]
        axes.plot(widths, [one["largest_error"] for one in lines], color=colour, linewidth=1.6, markersize=5.5,
                  marker=_MARKERS[number % len(_MARKERS)], markeredgecolor="none", label=activation)  # fmt: skip
        axes.plot(
            widths, [one["median_largest_error"] for one in lines], color=colour, linewidth=0.8, alpha=0.45
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    shown = sorted({one["width"] for one in table})
    axes.set_xticks(shown, [str(width) for width in shown])
    set_labels(axes, "neurons in the hidden layer", "largest error, sup |f − f̂| (σ of f)", theme)
    _legend(axes, theme, 4)
    return figure


def _plain_decades(axis: Any, values: Sequence[float]) -> None:
    """Label a logarithmic axis with numbers as people write them, and few of them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    decades = np.log10(max(values) / min(values))
    axis.set_major_locator(
        LogLocator(subs=(1.0,) if decades > 3 else (1.0, 3.0) if decades > 1.5 else (1.0, 2.0, 5.0))
    )
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _legend(axes: Any, theme: Theme, columns: int) -> None:
    axes.legend(frameon=False, labelcolor=theme.text, fontsize=8.5, ncols=columns, loc="lower left",
                bbox_to_anchor=(-0.01, 1.0), borderaxespad=0.2, handletextpad=0.4, columnspacing=1.2)  # fmt: skip
