"""The figures of the page, drawn for light and for dark and packed into it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matsluice.tasks.evaluate.figures import DARK, LIGHT, Theme, png_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

CSS_PIXELS_PER_INCH = 96


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure in both colour schemes as data addresses, its size in CSS pixels, and its meaning in words."""

    light: str
    dark: str
    width: int
    height: int
    alternative: str


def picture(draw: Callable[[Theme], Figure], alternative: str) -> Picture:
    """Draw a figure in both themes.

    Parameters
    ----------
    draw
        Returns the figure in the theme it is given.
    alternative
        What the figure says, for a reader who does not see it.
    """
    figure, dark = draw(LIGHT), draw(DARK)
    width, height = figure.get_size_inches() * CSS_PIXELS_PER_INCH
    light = _address(figure)
    # Colours move nothing: what has been laid out once, which takes a third of drawing, stands there again.
    dark.set_layout_engine("none")
    for axes, laid_out in zip(dark.axes, figure.axes, strict=True):
        axes.set_position(laid_out.get_position(original=True))
    return Picture(light, _address(dark), round(width), round(height), alternative)


def _address(figure: Figure) -> str:
    return f"data:image/png;base64,{b64encode(png_bytes(figure)).decode('ascii')}"
