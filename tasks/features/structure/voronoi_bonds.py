"""The columns of Voronoi cells and of CrystalNN, of cells cut once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsluice.tasks.features.structure import crystal_nn_coordination, voronoi_coordination

if TYPE_CHECKING:
    from matsluice.tasks.features.block import Column, FeatureValues
    from matsluice.tasks.material import CrystalBatch


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    return (*voronoi_coordination.columns(), *crystal_nn_coordination.columns())


def values(batch: CrystalBatch) -> FeatureValues:
    """Return the (n, c) values of ordered crystals."""
    return crystal_nn_coordination.both(batch)
