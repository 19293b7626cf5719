"""electronic.bands: gap, band edges and effective masses of a band structure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isnan
from typing import TYPE_CHECKING

from matsluice.tasks.features.electronic.bands_columns import COLUMNS
from matsluice.tasks.features.electronic.record_block import Answer, RecordBlock

if TYPE_CHECKING:
    from matsluice.tasks.electronic import ElectronicRecord


@dataclass(frozen=True, slots=True)
class BandsBlock(RecordBlock):
    """Values of the band structure; see `make` for the parameters."""

    COLUMNS = COLUMNS

    window: float
    least_r2: float
    degeneracy: float

    def answer(self, record: ElectronicRecord) -> Answer:
        """Return one record's values by word, and why others are missing."""
        from matsluice.tasks.features.electronic.curvature import FitRules
        from matsluice.tasks.features.electronic.edges import band_edges, crossing_bands, spin_gap
        from matsluice.tasks.features.electronic.effective_mass import masses

        bands = record.bands
        if bands is None:
            return {}, [record.missing.get("bands", "no band structure in the document")]
        gaps = [spin_gap(energies, bands.fermi) for energies in bands.energies]
        one_sided = ["no gap in a spin whose bands lie all on one side of the Fermi energy"]
        by_spin = {"spin_up_gap": gaps[0], "spin_down_gap": gaps[-1]}
        if crossing_bands(bands.energies, bands.fermi).any():
            metal = {"band_gap": 0.0, "direct_gap": 0.0, "is_gap_direct": 0.0, "is_metal": 1.0}
            return metal | by_spin, ["no band edges and no effective mass in a metal"]
        edges = band_edges(bands.energies, bands.fermi)
        if edges is None:
            return {}, ["no gap: the bands lie all on one side of the Fermi energy"]
        values = {
            "band_gap": edges.gap,
            "direct_gap": edges.direct_gap,
            "is_gap_direct": float(edges.is_direct),
            "is_metal": 0.0,
            "vbm": edges.vbm - bands.fermi,
            "cbm": edges.cbm - bands.fermi,
        }
        rules = FitRules(self.window, self.least_r2)
        found, reasons = masses(bands, record.cell, edges, rules, self.degeneracy)
        return values | by_spin | found, (one_sided if any(map(isnan, gaps)) else []) + reasons


@cache
def make(window: float = 0.25, least_r2: float = 0.99, degeneracy: float = 0.005) -> BandsBlock:
    """Return the block.

    Parameters
    ----------
    window
        How far from the edge energies may enter a fit, eV; the narrowest of 1/5, 2/5 and all of it that gives a fit
        is used.
    least_r2
        Fits with a smaller R² give no mass.
    degeneracy
        Bands that come this near to the edge at its k-point meet there, eV.

    Examples
    --------
    >>> make().columns()[0].name
    'electronic.bands.band_gap'
    """
    return BandsBlock(window, least_r2, degeneracy)
