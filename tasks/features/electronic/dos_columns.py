"""The columns of electronic.dos: units, definitions, sources."""

from __future__ import annotations

from typing import Final

from matsluice.tasks.electronic.record import SHELLS
from matsluice.tasks.features.block import Column

NAME: Final = "electronic.dos"
_TEXTBOOK: Final = (
    "Ashcroft & Mermin, Solid State Physics (1976), ch. 8; smearing: doi:10.1103/PhysRevB.28.5480"
)
_CENTRES: Final = "band centres: Hammer & Nørskov, doi:10.1016/0039-6028(96)80007-0"
_SHARES: Final = "character at the edges: as matminer's DOSFeaturizer, doi:10.1016/j.commatsci.2018.05.018"
_PLACES: Final = (
    (
        "dos_at_fermi",
        "states/eV/atom",
        "D(E_F) = 1/N Σδ(E_i − E_F) over both spins, the δ a Gaussian of the width `smearing`",
    ),
    (
        "states_below_fermi",
        "states/atom",
        (
            "integral of the density up to E_F: the valence electrons of an atom, or less where the grid of energies "
            "is too coarse for the smearing or cuts bands"
        ),
    ),
    (
        "dos_gap",
        "eV",
        "width of the empty stretch around E_F, as fine as the grid of energies; 0 for states at E_F",
    ),
    (
        "valence_edge",
        "eV",
        "highest energy with states below E_F, relative to E_F; 0 where there are states at E_F",
    ),
    (
        "conduction_edge",
        "eV",
        "lowest energy with states above E_F, relative to E_F; 0 where there are states at E_F",
    ),
    (
        "valence_band_width",
        "eV",
        "from the valence edge down to the lower end of the occupied band below it; holes under 1 eV are ignored",
    ),
)
COLUMNS: Final = (
    *(Column(f"{NAME}.{word}", unit, definition, _TEXTBOOK) for word, unit, definition in _PLACES),
    *(
        Column(
            f"{NAME}.{shell}_band_centre",
            "eV",
            f"mean energy of the occupied {shell} states within `depth` below E_F, relative to E_F",
            _CENTRES,
        )
        for shell in SHELLS
    ),
    *(
        Column(
            f"{NAME}.{shell}_band_width",
            "eV",
            f"standard deviation of the energies of the occupied {shell} states within `depth` below E_F",
            _CENTRES,
        )
        for shell in SHELLS
    ),
    *(
        Column(
            f"{NAME}.{side}_edge_share_{shell}",
            "dimensionless",
            f"share of {shell} in the projected states within `edge` {where}",
            _SHARES,
        )
        for side, where in (
            ("valence", "below the valence edge"),
            ("conduction", "above the conduction edge"),
        )
        for shell in SHELLS
    ),
)
