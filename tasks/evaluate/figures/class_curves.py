"""How well a probability ranks rows, and whether it means what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, literal, new_axes, set_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# More curves than this are a tangle; the most frequent classes are drawn.
MOST_CURVES = 5
BINS = 10
# A share of fewer rows than this is an anecdote.
FEWEST_ROWS = 5


def roc_curves(
    y_true: NDArray[np.int64],
    probability: NDArray[np.float64],
    classes: Sequence[str],
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return the receiver operating characteristic: rows found against false alarms, at every threshold.

    Parameters
    ----------
    y_true
        Places of the classes, (rows,).
    probability
        Of each class, (rows, classes).
    classes
        Their names; of two the last one's curve is drawn, of more each against the rest.

    Examples
    --------
    >>> figure = roc_curves(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), ["false", "true"])
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['true: area 1.000']
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    figure, axes = new_axes(4.6, 4.3, theme)
    axes.plot([0, 1], [0, 1], "--", color=theme.muted, linewidth=1.0)
    for colour, name, is_it, given in _drawn(y_true, probability, classes, theme):
        false_alarms, found, _ = roc_curve(is_it, given)
        axes.plot(false_alarms, found, color=colour, linewidth=1.8,
                  label=f"{literal(name)}: area {roc_auc_score(is_it, given):.3f}")  # fmt: skip
    _square(axes, "lower right", theme)
    set_labels(axes, "share of the others taken for it", "share of the class found", theme)
    return figure


def precision_recall_curves(
    y_true: NDArray[np.int64],
    probability: NDArray[np.float64],
    classes: Sequence[str],
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return how many of the rows that are said to be of a class are, against how many of the class are found.

    Parameters as in `roc_curves`. The dashed line is what drawing at random would reach.

    Examples
    --------
    >>> figure = precision_recall_curves(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), ["false", "true"])
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['true: average 1.000']
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, axes = new_axes(4.6, 4.3, theme)
    for colour, name, is_it, given in _drawn(y_true, probability, classes, theme):
        precision, recall, _ = precision_recall_curve(is_it, given)
        axes.axhline(float(is_it.mean()), linestyle="--", color=colour, linewidth=0.9, alpha=0.7)
        axes.step(recall, precision, where="post", color=colour, linewidth=1.8,
                  label=f"{literal(name)}: average {average_precision_score(is_it, given):.3f}")  # fmt: skip
    _square(axes, "lower left", theme)
    set_labels(axes, "share of the class found (recall)", "of those said to be it, are (precision)", theme)
    return figure


def calibration(
    y_true: NDArray[np.int64],
    probability: NDArray[np.float64],
    classes: Sequence[str],
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Return the share of rows that are of a class against the probability they were given of it, in ten bins.

    Parameters as in `roc_curves`. Bars are the standard error of the share; bins of few rows are left out.

    Examples
    --------
    >>> given = np.linspace(0.0, 1.0, 200)
    >>> figure = calibration((given > 0.5).astype(int), np.stack([1 - given, given], axis=1), ["false", "true"])
    >>> figure.axes[0].get_xlabel()
    'predicted probability'
    """
    figure, axes = new_axes(4.6, 4.3, theme)
    axes.plot([0, 1], [0, 1], color=theme.warning, linewidth=1.2, zorder=1)
    for colour, name, is_it, given in _drawn(y_true, probability, classes, theme):
        place = np.clip((given * BINS).astype(np.int64), 0, BINS - 1)
        rows = np.bincount(place, minlength=BINS)
        full = rows >= FEWEST_ROWS
        mean = (np.bincount(place, given, BINS)[full]) / rows[full]
        share = np.bincount(place, is_it, BINS)[full] / rows[full]
        error = np.sqrt(share * (1 - share) / rows[full])
        axes.errorbar(mean, share, yerr=error, color=colour, marker="o", markersize=5, linewidth=1.4,
                      elinewidth=1.0, label=literal(name))  # fmt: skip
    _square(axes, "upper left", theme)
    set_labels(axes, "predicted probability", "share that is of the class", theme)
    return figure


def _drawn(
    y_true: NDArray[np.int64], probability: NDArray[np.float64], classes: Sequence[str], theme: Theme
) -> Iterator[tuple[str, str, NDArray[np.bool_], NDArray[np.float64]]]:
    """Give (colour, name, whether each row is of the class, its probability); a class without rows has no curve."""
    counts = np.bincount(y_true, minlength=len(classes))
    asked = [1] if len(classes) == 2 else sorted(np.argsort(-counts, kind="stable")[:MOST_CURVES].tolist())
    for number, place in enumerate(asked):
        if 0 < counts[place] < len(y_true):
            colour = theme.series[number % len(theme.series)]
            yield colour, classes[place], y_true == place, probability[:, place]


def _square(axes: Axes, place: Literal["lower right", "lower left", "upper left"], theme: Theme) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, labelcolor=theme.text, fontsize=9, loc=place)
