"""Coordination numbers and bond lengths of CrystalNN."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.neighbours.crystal_nn import (
    ELECTRONEGATIVITY_WEIGHT,
    bonds_of_cells,
    radius_and_electronegativity,
)
from matsluice.tasks.features.neighbours.voronoi import VoronoiCells, voronoi_cells
from matsluice.tasks.features.structure import voronoi_coordination
from matsluice.tasks.features.structure.joined import joined
from matsluice.tasks.material.elements import SYMBOLS

if TYPE_CHECKING:
    from matsluice.tasks.material import CrystalBatch

_PREFIX: Final = "structure.bonding.crystal_nn"
_SOURCE: Final = (
    "CrystalNN of pymatgen's local_env without oxidation states, doi:10.1021/acs.inorgchem.0c02996: the bonds of the "
    "most likely coordination number"
)
_NUMBER: Final = "over the atoms of the number of bonds"
_LENGTH: Final = "of the lengths of all atoms' bonds"


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    return (
        Column(f"{_PREFIX}_coordination_number_mean", "neighbours/atom", f"mean {_NUMBER}", _SOURCE),
        Column(
            f"{_PREFIX}_coordination_number_variance", "(neighbours/atom)²", f"variance {_NUMBER}", _SOURCE
        ),
        Column(f"{_PREFIX}_coordination_number_minimum", "neighbours/atom", f"least {_NUMBER}", _SOURCE),
        Column(f"{_PREFIX}_coordination_number_maximum", "neighbours/atom", f"greatest {_NUMBER}", _SOURCE),
        Column(f"{_PREFIX}_bond_length_mean", "Å", f"mean {_LENGTH}", _SOURCE),
        Column(f"{_PREFIX}_bond_length_variance", "Å²", f"variance {_LENGTH}", _SOURCE),
    )


def fingerprint() -> str:
    """Return hexadecimal digits of the radii and electronegativities, and of what weighs them."""
    content = f"{radius_and_electronegativity().fingerprint} {ELECTRONEGATIVITY_WEIGHT}"
    return blake2b(content.encode(), digest_size=16).hexdigest()


def values(batch: CrystalBatch) -> FeatureValues:
    """Return the (n, 6) values; no bond length where no atom has a bond, nothing without a covalent radius.

    Parameters
    ----------
    batch
        n ordered crystals.
    """
    return of_cells(batch, voronoi_cells(batch))


def both(batch: CrystalBatch) -> FeatureValues:
    """Return the columns of `voronoi_coordination`, then these, of Voronoi cells found once.

    Parameters
    ----------
    batch
        n ordered crystals.
    """
    cells = voronoi_cells(batch)
    return joined([voronoi_coordination.of_cells(batch, cells), of_cells(batch, cells)])


def of_cells(batch: CrystalBatch, cells: VoronoiCells) -> FeatureValues:
    """Return what `values` does, of Voronoi cells found before.

    Parameters
    ----------
    batch
        n ordered crystals.
    cells
        Theirs.
    """
    from matsluice.tasks.features.structure.segment_statistics import statistics_of_segments  # imports numba

    bonds = bonds_of_cells(batch, cells)
    lengths, filled = np.empty((len(batch), 4)), np.empty((len(batch), 6))
    statistics_of_segments(batch.offsets, bonds.counts.astype(np.float64), filled[:, :4])
    statistics_of_segments(bonds.starts[batch.offsets], bonds.distance, lengths)
    filled[:, 4:] = lengths[:, :2]
    undefined = dict.fromkeys(np.flatnonzero(np.isnan(filled[:, 4])).tolist(), "no bonds by CrystalNN")
    unknown = np.isnan(radius_and_electronegativity().values[batch.atomic_numbers, 0])
    rows = np.repeat(np.arange(len(batch)), batch.site_counts)[unknown]
    for row in np.unique(rows).tolist():
        symbols = [SYMBOLS[z] for z in np.unique(batch.atomic_numbers[unknown][rows == row]).tolist()]
        undefined[row] = f"no covalent_radius for {', '.join(symbols)}"
        filled[row] = np.nan
    return FeatureValues(filled, dict(sorted(undefined.items())))
