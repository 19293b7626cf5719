"""How every figure looks: two themes, one palette, axes with units, and PNG bytes that do not change."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Dots per inch: 1.75 times the 96 of a CSS pixel, so that figures are sharp on dense screens and on paper.
DOTS_PER_INCH = 168


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a figure, as hexadecimal RGB.

    Attributes
    ----------
    series
        One colour per series: Okabe & Ito's palette, told apart by colour-blind readers (Wong 2011,
        doi:10.1038/nmeth.1618), lightened where the background is dark.
    ramp
        From few to many, for densities and heat maps.
    """

    name: str
    background: str
    text: str
    muted: str
    grid: str
    series: tuple[str, ...]
    warning: str
    ramp: tuple[str, ...]


LIGHT = Theme(
    name="light",
    background="#ffffff",
    text="#1c2530",
    muted="#5b6774",
    grid="#e3e7ec",
    series=("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"),
    warning="#d55e00",
    ramp=("#dcebf5", "#8fc1e0", "#3d93c9", "#0b649f", "#062f52"),
)
DARK = Theme(
    name="dark",
    background="#171d24",
    text="#e6ebf0",
    muted="#9aa7b4",
    grid="#2c3640",
    series=("#4ba3dc", "#f0b840", "#2fbf93", "#dc9cc0", "#8fcdf2"),
    warning="#f0803c",
    ramp=("#1d3a52", "#23608c", "#3d93c9", "#8ac4e8", "#e3f2fc"),
)


def new_axes(width_inch: float, height_inch: float, theme: Theme) -> tuple[Figure, Axes]:
    """Return an empty figure with one styled pair of axes; no global state of matplotlib is touched."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_inch, height_inch), dpi=DOTS_PER_INCH, layout="constrained")
    figure.set_facecolor(theme.background)
    axes = figure.add_subplot()
    axes.set_facecolor(theme.background)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(theme.muted)
        axes.spines[side].set_linewidth(0.8)
    axes.tick_params(colors=theme.muted, labelcolor=theme.text, labelsize=9, length=3, width=0.8)
    axes.grid(visible=True, color=theme.grid, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def set_labels(axes: Axes, x: str, y: str, theme: Theme) -> None:
    """Write the axis labels in the theme's colour."""
    axes.set_xlabel(literal(x), color=theme.text, fontsize=10)
    axes.set_ylabel(literal(y), color=theme.text, fontsize=10)


def horizontal_only(axes: Axes) -> None:
    """Leave only the vertical grid lines and no left spine: the look of bars that lie down."""
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def with_unit(quantity: str, unit: str) -> str:
    """Return the axis label of a quantity.

    >>> with_unit("predicted band gap", "eV")
    'predicted band gap (eV)'
    >>> with_unit("R²", "")
    'R²'
    """
    return f"{quantity} ({unit})" if unit else quantity


def literal(text: str) -> str:
    r"""Return the text so that matplotlib can draw it as it is.

    Dollar signs are escaped, as mathematics is read between them; a character that the figures' font does not
    have becomes a box.

    >>> literal("cost $ per $ kg, 材")
    'cost \\$ per \\$ kg, □'
    """
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans")).get_charmap()
    drawn = "".join(character if ord(character) in known else "□" for character in text)
    return drawn.replace("$", r"\$")


def png_bytes(figure: Figure) -> bytes:
    """Return the figure as PNG; the same figure gives the same bytes, as no date or version is written."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    # Drawn once: savefig would draw the figure twice to settle its layout.
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    buffer = BytesIO()
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = Image.fromarray(pixels).convert("RGB")
    image.save(buffer, format="png", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return buffer.getvalue()


def save_png(figure: Figure, path: Path) -> Path:
    """Write the figure as PNG and return the path; see `png_bytes`."""
    path.write_bytes(png_bytes(figure))
    return path
