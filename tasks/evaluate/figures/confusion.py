"""Which class is taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, literal, new_axes, set_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# With more classes the numbers would not fit their cells; the colours still show where they lie.
NUMBERED_CLASSES = 12
# A longer name is cut on the axes.
NAME_CHARACTERS = 16


def confusion(
    y_true: NDArray[np.int64],
    y_pred: NDArray[np.int64],
    classes: Sequence[str],
    quantity: str,
    *,
    theme: Theme = LIGHT,
) -> Figure:
    r"""Return the matrix of true against predicted classes: counts, coloured by the share of the true class.

    Parameters
    ----------
    y_true, y_pred
        Places of the classes, (rows,).
    classes
        Their names in order.
    quantity
        What the classes are of, for the axes.

    Examples
    --------
    >>> figure = confusion(np.array([0, 1, 1]), np.array([0, 1, 0]), ["false", "true"], "is metal")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1\n100 %', '0', '1\n50 %', '1\n50 %']
    """
    from matplotlib.colors import LinearSegmentedColormap

    size = len(classes)
    counts = np.zeros((size, size), dtype=np.int64)
    np.add.at(counts, (y_true, y_pred), 1)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(2.4 + 0.62 * size, 7.5)
    figure, axes = new_axes(side + 0.6, side, theme)
    ramp = LinearSegmentedColormap.from_list(f"share_{theme.name}", (theme.background, *theme.ramp[:-1]))
    axes.imshow(share, cmap=ramp, vmin=0.0, vmax=1.0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if size <= NUMBERED_CLASSES:
        dark_from = 0.55 if theme is LIGHT else 2.0
        for row, column in np.ndindex(size, size):
            part = f"\n{100 * share[row, column]:.0f} %" if counts[row, column] else ""
            colour = theme.background if share[row, column] > dark_from else theme.text
            axes.text(column, row, f"{counts[row, column]:,}{part}", color=colour, fontsize=9 if size < 6 else 7,
                      ha="center", va="center")  # fmt: skip
    names = [
        literal(name if len(name) <= NAME_CHARACTERS else name[: NAME_CHARACTERS - 1] + "…")
        for name in classes
    ]
    axes.set_xticks(range(size), names, rotation=0 if size <= 4 else 60, ha="center" if size <= 4 else "right",
                    rotation_mode="anchor")  # fmt: skip
    axes.set_yticks(range(size), names)
    axes.tick_params(length=0)
    set_labels(axes, f"predicted {quantity}", f"measured {quantity}", theme)
    return figure
