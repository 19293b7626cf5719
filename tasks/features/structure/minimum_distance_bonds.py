"""Lengths, numbers, angles and elements of the bonds of the minimum-distance rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsluice.tasks.features.structure import bond_angles, bond_lengths, element_pairs
from matsluice.tasks.features.structure.joined import joined

if TYPE_CHECKING:
    from matsluice.tasks.features.block import Column, FeatureValues
    from matsluice.tasks.material import CrystalBatch


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    return (*bond_lengths.columns(), *bond_angles.columns(), *element_pairs.columns())


def values(batch: CrystalBatch) -> FeatureValues:
    """Return the (n, c) values of ordered crystals; the neighbours are looked for once."""
    from matsluice.tasks.features.neighbours.minimum_distance import minimum_distance_neighbours

    neighbours = minimum_distance_neighbours(batch)
    return joined([part.values(batch, neighbours) for part in (bond_lengths, bond_angles, element_pairs)])
