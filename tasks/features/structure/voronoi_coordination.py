"""Coordination and bond lengths from Voronoi cells, every neighbour weighted by the area of its face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.neighbours.voronoi import VoronoiCells, voronoi_cells

if TYPE_CHECKING:
    from matsluice.tasks.material import CrystalBatch

_PREFIX: Final = "structure.bonding.voronoi"
_SOURCE: Final = (
    "Ward et al. 2017, doi:10.1103/PhysRevB.96.024104: Voronoi cells, a neighbour counts by its face's area"
)
_NUMBER: Final = (
    "over the atoms of the effective coordination number (Σ A)² / Σ A², A the areas of the cell's faces"
)
_LENGTH: Final = "over the atoms of the bond length (mean distance to the neighbours, weighted by face area)"
_SPREAD: Final = (
    "over the atoms of the spread of their bonds (mean absolute deviation of the distances from their mean, "
    "weighted by face area, over that mean)"
)
_OF_ALL: Final = "over the mean of all atoms"


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    rows = (
        ("coordination_number_mean", "neighbours/atom", f"mean {_NUMBER}"),
        ("coordination_number_variance", "(neighbours/atom)²", f"variance {_NUMBER}"),
        ("coordination_number_minimum", "neighbours/atom", f"least {_NUMBER}"),
        ("coordination_number_maximum", "neighbours/atom", f"greatest {_NUMBER}"),
        ("coordination_number_mean_deviation", "neighbours/atom", f"mean absolute deviation {_NUMBER}"),
        ("bond_length_mean", "Å", f"mean {_LENGTH}"),
        ("bond_length_variance", "Å²", f"variance {_LENGTH}"),
        ("bond_length_minimum_ratio", "dimensionless", f"least {_LENGTH}, {_OF_ALL}"),
        ("bond_length_maximum_ratio", "dimensionless", f"greatest {_LENGTH}, {_OF_ALL}"),
        ("bond_length_deviation_ratio", "dimensionless", f"mean absolute deviation {_LENGTH}, {_OF_ALL}"),
        ("bond_spread_mean", "dimensionless", f"mean {_SPREAD}"),
        ("bond_spread_variance", "dimensionless", f"variance {_SPREAD}"),
        ("bond_spread_minimum", "dimensionless", f"least {_SPREAD}"),
        ("bond_spread_maximum", "dimensionless", f"greatest {_SPREAD}"),
        ("bond_spread_mean_deviation", "dimensionless", f"mean absolute deviation {_SPREAD}"),
        (
            "cell_volume_deviation_ratio",
            "dimensionless",
            "mean absolute deviation over the atoms of the Voronoi cell's volume, over the mean volume",
        ),
        ("cell_volume_variance", "(Å³)²", "variance over the atoms of the Voronoi cell's volume"),
        (
            "packing_efficiency",
            "dimensionless",
            "share of the volume in the largest spheres about the atoms that stay within their Voronoi cells",
        ),
    )
    return tuple(Column(f"{_PREFIX}_{name}", unit, definition, _SOURCE) for name, unit, definition in rows)


def values(batch: CrystalBatch) -> FeatureValues:
    """Return the (n, 18) values; every atom has a Voronoi cell, so all are defined.

    Equal to matminer's ``SiteStatsFingerprint`` of preset "CoordinationNumber_ward-prb-2017",
    ``StructuralHeterogeneity`` and ``MaximumPackingEfficiency``, whose ranges are maximum minus minimum.

    Parameters
    ----------
    batch
        n ordered crystals.
    """
    return of_cells(batch, voronoi_cells(batch))


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
    from matsluice.tasks.features.structure.voronoi_statistics import mean_deviations, site_values

    number, length, spread, volume, sphere = site_values(cells.starts, cells.distance, cells.area)
    four, deviations = np.empty((len(batch), 5, 4)), np.empty((5, len(batch)))
    for which, column in enumerate((number, length, spread, volume, sphere)):
        statistics_of_segments(batch.offsets, column, four[:, which])
        mean_deviations(batch.offsets, column, deviations[which])
    mean_length, mean_volume = four[:, 1, 0], four[:, 3, 0]
    filled = np.column_stack(
        [
            four[:, 0],
            deviations[0],
            four[:, 1, :2],
            four[:, 1, 2:] / mean_length[:, None],
            deviations[1] / mean_length,
            four[:, 2],
            deviations[2],
            deviations[3] / mean_volume,
            four[:, 3, 1],
            four[:, 4, 0] / mean_volume,
        ]
    )
    return FeatureValues(filled, {})
