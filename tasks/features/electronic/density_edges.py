"""Where the filled and the empty states of a density of states end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# eV: states with less than this between them are one band. Densities from few k-points have holes where bands are
# narrower than the mesh can show.
HOLE: Final = 1.0


@dataclass(frozen=True, slots=True)
class DensityEdges:
    """Edges of a density of states, eV on its own scale; NaN where the grid has no states on a side.

    Attributes
    ----------
    valence, conduction
        The highest energy with states below E_F and the lowest above; both E_F where there are states at it.
    bottom
        The lower end of the band that `valence` is the top of.
    """

    valence: float
    conduction: float
    bottom: float


def density_edges(energies: Floats, density: Floats, fermi: float, empty: float) -> DensityEdges:
    """Return the edges around the Fermi energy; a density of at most `empty` counts as no states.

    Edges are places of the grid, so they are as fine as its step.

    Examples
    --------
    >>> grid = np.arange(-3.0, 4.0)
    >>> density_edges(grid, np.array([0, 1, 1, 0, 0, 2, 2.0]), fermi=0.2, empty=0.01)
    DensityEdges(valence=-1.0, conduction=2.0, bottom=-2.0)
    """
    filled = density > empty
    below, above = energies[filled & (energies <= fermi)], energies[filled & (energies > fermi)]
    if np.interp(fermi, energies, density) > empty:
        valence = conduction = fermi
    else:
        valence = float(below[-1]) if len(below) else float("nan")
        conduction = float(above[0]) if len(above) else float("nan")
    if not len(below):
        return DensityEdges(valence, conduction, float("nan"))
    holes = np.flatnonzero(np.diff(below) > max(HOLE, 1.5 * float(np.diff(energies).max())))
    first = holes[-1] + 1 if len(holes) else 0
    return DensityEdges(valence, conduction, float(below[first]))
