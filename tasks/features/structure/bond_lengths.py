"""How long the bonds of a crystal are, and how many an atom has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues

if TYPE_CHECKING:
    from matsluice.tasks.features.neighbours.neighbours import Neighbours
    from matsluice.tasks.material import CrystalBatch

_PREFIX: Final = "structure.bonding"
_SOURCE: Final = (
    "MinimumDistanceNN (tolerance 0.1) of pymatgen's local_env, doi:10.3389/fmats.2017.00034: an atom's neighbours "
    "are those nearer than 1.1 times the nearest"
)
_LENGTH: Final = "of the distances from every atom to its neighbours"
_NUMBER: Final = "over the atoms of the number of neighbours"


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    return (
        Column(f"{_PREFIX}.bond_length_mean", "Å", f"mean {_LENGTH}", _SOURCE),
        Column(f"{_PREFIX}.bond_length_variance", "Å²", f"variance {_LENGTH}", _SOURCE),
        Column(f"{_PREFIX}.bond_length_minimum", "Å", f"least {_LENGTH}", _SOURCE),
        Column(f"{_PREFIX}.bond_length_maximum", "Å", f"greatest {_LENGTH}", _SOURCE),
        Column(f"{_PREFIX}.coordination_number_mean", "neighbours/atom", f"mean {_NUMBER}", _SOURCE),
        Column(
            f"{_PREFIX}.coordination_number_variance", "(neighbours/atom)²", f"variance {_NUMBER}", _SOURCE
        ),
        Column(f"{_PREFIX}.coordination_number_minimum", "neighbours/atom", f"least {_NUMBER}", _SOURCE),
        Column(f"{_PREFIX}.coordination_number_maximum", "neighbours/atom", f"greatest {_NUMBER}", _SOURCE),
    )


def values(batch: CrystalBatch, neighbours: Neighbours) -> FeatureValues:
    """Return the (n, 8) values; every atom has a neighbour, so all are defined.

    Parameters
    ----------
    batch
        n ordered crystals.
    neighbours
        Theirs, at least one to a site.
    """
    from matsluice.tasks.features.structure.segment_statistics import statistics_of_segments  # imports numba

    lengths, numbers = np.empty((len(batch), 4)), np.empty((len(batch), 4))
    statistics_of_segments(neighbours.starts[batch.offsets], neighbours.distance, lengths)
    statistics_of_segments(batch.offsets, neighbours.counts.astype(np.float64), numbers)
    return FeatureValues(np.concatenate([lengths, numbers], axis=1), {})
