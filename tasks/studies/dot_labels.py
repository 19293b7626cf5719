"""Names beside dots, each where it meets no other dot and no other name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from matsluice.tasks.evaluate.figures.style import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from matsluice.tasks.evaluate.figures.style import Theme

FONT_PT: Final = 8.0
# Of a letter in the figures' font, as a share of its size.
_LETTER: Final = 0.62
# Half the side of a dot, and how far a name stands from its middle.
_DOT_PT: Final = 4.0
_AWAY_PT: Final = 6.0
# To the right below, then the other places in the order in which they are tried: side, height.
_PLACES: Final = (
    *((1, -1), (-1, 1), (1, 1), (-1, -1), (1, 0), (-1, 0), (0, 2), (0, -2)),
    *((1, -2), (-1, 2), (1, 2), (-1, -2)),
)

Box = tuple[float, float, float, float]


def label_dots(
    axes: Axes, dots: Sequence[tuple[float, float]], names: Sequence[str], *, theme: Theme
) -> None:
    """Write a name beside each dot; scales and limits of the axes are set before.

    Parameters
    ----------
    dots
        Places in the axes' own units.
    names
        One each.
    """
    scale = axes.figure.dpi / 72.0
    axes.autoscale_view()
    middles = [tuple(float(v) / scale for v in axes.transData.transform(dot)) for dot in dots]
    own = [_around(x, y, _DOT_PT, _DOT_PT) for x, y in middles]
    taken: list[Box] = []
    for place, ((x, y), name) in enumerate(zip(middles, names, strict=True)):
        others = own[:place] + own[place + 1 :] + taken
        boxes = [_box(x, y, name, side, height) for side, height in _PLACES]
        best = min(range(len(boxes)), key=lambda k: (sum(_shared(boxes[k], other) for other in others), k))
        box = boxes[best]
        taken.append(box)
        options: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FONT_PT, "color": theme.text}
        middle = ((box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y)
        axes.annotate(literal(name), dots[place], xytext=middle, textcoords="offset points", **options)


def _around(x: float, y: float, half_width: float, half_height: float) -> Box:
    return x - half_width, y - half_height, x + half_width, y + half_height


def _box(x: float, y: float, name: str, side: int, height: int) -> Box:
    """Return the box of a name (points) on a side of the dot at (x, y), above or below it."""
    half_width, half_height = _LETTER * FONT_PT * len(name) / 2, 0.6 * FONT_PT
    up = height * (half_height + _AWAY_PT / 2)
    return _around(x + side * (half_width + _AWAY_PT), y + up, half_width, half_height)


def _shared(one: Box, other: Box) -> float:
    """Return the area that two boxes share.

    Examples
    --------
    >>> _shared((0, 0, 2, 2), (1, 1, 3, 3)), _shared((0, 0, 1, 1), (1, 0, 2, 1))
    (1, 0)
    """
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)
