"""A value per element, where a chemist looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate.figures.style import LIGHT, Theme, literal, new_axes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

# The periodic table of IUPAC in 18 columns, "." for an empty place; the f block stands below.
ROWS = (
    "H . . . . . . . . . . . . . . . . He",
    "Li Be . . . . . . . . . . B C N O F Ne",
    "Na Mg . . . . . . . . . . Al Si P S Cl Ar",
    "K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr",
    "Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe",
    "Cs Ba . Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn",
    "Fr Ra . Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og",
    ". . La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu .",
    ". . Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr .",
)
F_BLOCK = 7


def periodic_table(values: Mapping[str, float], label: str, *, theme: Theme = LIGHT) -> Figure:
    """Return the periodic table with each element's square coloured by its value.

    Parameters
    ----------
    values
        Element symbol to value; elements that are missing stay empty.
    label
        What the colour means, with its unit.

    Examples
    --------
    >>> figure = periodic_table({"O": 0.4, "Fe": 0.6}, "MAE (eV)")
    >>> sum(text.get_text() == "0.40" for text in figure.axes[0].texts)
    1
    """
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    from matplotlib.patches import Rectangle

    figure, axes = new_axes(10.4, 5.6, theme)
    finite = [value for value in values.values() if np.isfinite(value)]
    # Few elements are extreme; the colour saturates where they begin, or all others would look the same.
    low, high = np.quantile(finite, [0.05, 0.95]) if finite else (0.0, 1.0)
    norm = Normalize(low, high if high > low else low + 1.0)
    colours = LinearSegmentedColormap.from_list(f"matsluice_{theme.name}", theme.ramp)
    for row, line in enumerate(ROWS):
        top = row + (0.35 if row >= F_BLOCK else 0.0)
        for column, symbol in enumerate(line.split()):
            if symbol == ".":
                continue
            value = values.get(symbol, float("nan"))
            known = bool(np.isfinite(value))
            face = colours(norm(value)) if known else (0.0, 0.0, 0.0, 0.0)
            axes.add_patch(Rectangle((column + 0.03, top + 0.03), 0.94, 0.94, facecolor=face,
                                     edgecolor=theme.grid, linewidth=0.6))  # fmt: skip
            ink = _ink(face) if known else theme.muted
            axes.text(column + 0.5, top + (0.4 if known else 0.5), symbol, color=ink, fontsize=10,
                      ha="center", va="center", fontweight="bold" if known else "normal")  # fmt: skip
            if known:
                axes.text(column + 0.5, top + 0.75, f"{value:.2f}", color=ink, fontsize=7.5, ha="center",
                          va="center")  # fmt: skip
    axes.set_xlim(0, 18)
    axes.set_ylim(9.4, 0)
    axes.set_aspect("equal")
    axes.set_axis_off()
    from matplotlib.cm import ScalarMappable

    bar = figure.colorbar(ScalarMappable(norm, colours), cax=axes.inset_axes((0.18, 0.93, 0.42, 0.025)),
                          orientation="horizontal", extend="both")  # fmt: skip
    bar.set_label(literal(label), color=theme.text, fontsize=9.5)
    bar.ax.tick_params(colors=theme.muted, labelcolor=theme.text, labelsize=8.5)
    bar.outline.set_visible(False)
    return figure


def _ink(face: tuple[float, float, float, float]) -> str:
    """Return black or white, whichever is read better on the colour (its luma after ITU-R BT.601)."""
    red, green, blue = face[:3]
    return "#101418" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "#ffffff"
