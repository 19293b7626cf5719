"""The columns of electronic.bands: units, definitions, sources."""

from __future__ import annotations

from typing import Final

from matsluice.tasks.features.block import Column
from matsluice.tasks.features.electronic.effective_mass import CARRIERS

NAME: Final = "electronic.bands"
_GAPS: Final = (
    "Ashcroft & Mermin, Solid State Physics (1976), ch. 28; as pymatgen, doi:10.1016/j.commatsci.2012.10.028"
)
_MASSES: Final = (
    "1/m* = ħ⁻² ∂²E/∂k²: Ashcroft & Mermin, Solid State Physics (1976), ch. 12; "
    "fit as discussed by Whalley, doi:10.21105/joss.00797; constants CODATA 2022, doi:10.1103/RevModPhys.97.025002"
)
_GAP_COLUMNS: Final = (
    ("band_gap", "eV", "lowest empty minus highest filled energy, over both spins; 0 for a metal"),
    (
        "direct_gap",
        "eV",
        "smallest difference of empty and filled energies at one k-point and in one spin; 0 for a metal",
    ),
    ("is_gap_direct", "dimensionless", "1 where both edges of the gap are at one k-point, else 0"),
    ("is_metal", "dimensionless", "1 where a band has energies on both sides of the Fermi energy, else 0"),
    ("vbm", "eV", "highest filled energy, relative to the calculation's Fermi energy"),
    ("cbm", "eV", "lowest empty energy, relative to the calculation's Fermi energy"),
    ("spin_up_gap", "eV", "gap within the bands of spin up; the gap where spins are not told apart"),
    ("spin_down_gap", "eV", "gap within the bands of spin down; the gap where spins are not told apart"),
)
_MASS_COLUMNS: Final = (
    (
        "effective_mass_{0}",
        "mₑ",
        (
            "harmonic mean of the {0}'s masses over directions (the tensor's principal axes on a mesh, the path's "
            "lines through the edge on a path) and over the bands that meet at the edge"
        ),
    ),
    ("lightest_{0}_mass", "mₑ", "the least of the bands' harmonic means over directions at the {0}'s edge"),
    ("heaviest_{0}_mass", "mₑ", "the largest of the bands' harmonic means over directions at the {0}'s edge"),
    ("smallest_{0}_mass", "mₑ", "smallest {0} mass of any direction and band at the edge"),
    ("largest_{0}_mass", "mₑ", "largest {0} mass of any direction and band at the edge"),
    (
        "{0}_mass_anisotropy",
        "dimensionless",
        "largest over smallest mass of one band, the worst band; needs two directions",
    ),
    ("{0}_edge_degeneracy", "bands", "how many bands meet at the {0}'s edge"),
    (
        "{0}_fit_directions",
        "directions",
        "directions the {0}'s masses are from: 3 for a tensor, lines of a path",
    ),
    ("{0}_fit_points", "k-points", "fewest k-points in a fit of the {0}'s masses"),
    ("{0}_fit_reach", "Å⁻¹", "largest distance from the edge of a k-point in a fit of the {0}'s masses"),
    ("{0}_fit_r2", "dimensionless", "worst R² of the fits of the {0}'s masses"),
)

COLUMNS: Final = (
    *(Column(f"{NAME}.{word}", unit, definition, _GAPS) for word, unit, definition in _GAP_COLUMNS),
    *(
        Column(f"{NAME}.{word.format(carrier)}", unit, definition.format(carrier), _MASSES)
        for carrier in CARRIERS
        for word, unit, definition in _MASS_COLUMNS
    ),
)
