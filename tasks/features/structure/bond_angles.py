"""The angles between the bonds of each atom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues

if TYPE_CHECKING:
    from matsluice.tasks.features.neighbours.neighbours import Neighbours
    from matsluice.tasks.material import CrystalBatch

_PREFIX: Final = "structure.bonding"
_SOURCE: Final = "neighbours of MinimumDistanceNN (tolerance 0.1), doi:10.3389/fmats.2017.00034"
_ANGLE: Final = "of the angles between any two neighbours of an atom, over all atoms"
SINGLE: Final = "no bond angle where every atom has one neighbour"


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    return (
        Column(f"{_PREFIX}.bond_angle_mean", "°", f"mean {_ANGLE}", _SOURCE),
        Column(f"{_PREFIX}.bond_angle_variance", "(°)²", f"variance {_ANGLE}", _SOURCE),
        Column(f"{_PREFIX}.bond_angle_minimum", "°", f"least {_ANGLE}", _SOURCE),
        Column(f"{_PREFIX}.bond_angle_maximum", "°", f"greatest {_ANGLE}", _SOURCE),
        Column(
            f"{_PREFIX}.adjacent_bond_angle_mean",
            "°",
            "mean over the atoms of the mean over its neighbours of the angle to the next one: matminer's "
            "AverageBondAngle",
            f"de Jong et al. 2016, doi:10.1038/srep34256; {_SOURCE}",
        ),
    )


def values(batch: CrystalBatch, neighbours: Neighbours) -> FeatureValues:
    """Return the (n, 5) values; an atom with one neighbour has no angle and does not count.

    Parameters
    ----------
    batch
        n ordered crystals.
    neighbours
        Theirs.
    """
    from matsluice.tasks.features.structure.angle_kernel import bond_angles  # imports numba
    from matsluice.tasks.features.structure.segment_statistics import statistics_of_segments

    bounds, angles, site_mean = bond_angles(neighbours.starts, neighbours.vectors(batch))
    every, adjacent = np.empty((len(batch), 4)), np.empty((len(batch), 4))
    statistics_of_segments(bounds[batch.offsets], angles, every)
    statistics_of_segments(batch.offsets, site_mean, adjacent)
    filled = np.concatenate([every, adjacent[:, :1]], axis=1)
    return FeatureValues(filled, dict.fromkeys(np.flatnonzero(np.isnan(filled[:, 0])).tolist(), SINGLE))
