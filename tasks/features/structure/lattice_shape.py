"""The shape of a crystal's lattice, whatever cell it is written in.

The edges a ≤ b ≤ c of the Niggli-reduced primitive cell are the lattice's shortest vectors that are independent
(its successive minima), and change continuously when the lattice is strained. Its angles do not: at a symmetric
shape there are several reduced cells, with different angles. So the skewness enters by abc/V alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues

if TYPE_CHECKING:
    from matsluice.tasks.material import CrystalBatch

SYMPREC: Final = 0.01  # Å, of the primitive cell; as pymatgen's SpacegroupAnalyzer
_SOURCE: Final = "Niggli-reduced primitive cell, Grosse-Kunstleve et al. 2004, doi:10.1107/S010876730302186X"
_PREFIX: Final = "structure.geometry.lattice"


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    return (
        Column(f"{_PREFIX}_length_shortest", "Å", "shortest lattice vector a", _SOURCE),
        Column(f"{_PREFIX}_length_middle", "Å", "shortest lattice vector b not along a", _SOURCE),
        Column(
            f"{_PREFIX}_length_longest",
            "Å",
            "shortest lattice vector c outside the plane of a and b",
            _SOURCE,
        ),
        Column(f"{_PREFIX}_middle_to_shortest", "dimensionless", "b/a", _SOURCE),
        Column(f"{_PREFIX}_longest_to_shortest", "dimensionless", "c/a", _SOURCE),
        Column(
            f"{_PREFIX}_skewness",
            "dimensionless",
            "abc/V: 1 where the reduced cell has right angles, √2 face-centred cubic",
            _SOURCE,
        ),
        Column(f"{_PREFIX}_atoms", "atoms", "number of atoms in the primitive cell", _SOURCE),
    )


def values(batch: CrystalBatch) -> FeatureValues:
    """Return the (n, 7) values; undefined where no primitive cell was found."""
    from matsluice.tasks.features.graph.reduction import reduce_to_primitive  # imports moyopy

    reduction = reduce_to_primitive(batch, SYMPREC)
    primitive = reduction.batch
    edges = np.sort(np.sqrt(np.einsum("nij,nij->ni", primitive.lattices, primitive.lattices)), axis=1)
    # Volumes per atom do not change, so this takes partly filled sites too.
    crystal = np.repeat(np.arange(len(primitive)), primitive.site_counts)
    atoms = np.asarray(np.bincount(crystal, primitive.occupancies, minlength=len(primitive)), np.float64)
    filled = np.column_stack(
        [
            edges,
            edges[:, 1] / edges[:, 0],
            edges[:, 2] / edges[:, 0],
            edges.prod(axis=1) / primitive.volumes,
            atoms,
        ]
    )
    filled[list(reduction.failed)] = np.nan
    return FeatureValues(filled, dict(reduction.failed))
