"""Radial distribution functions as histograms: of all atoms, and by pair of elements."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch


def bin_edges(cutoff: float, bin_size: float) -> NDArray[np.float64]:
    """Return the edges of bins of this size from 0 to the cutoff, Å.

    Raises
    ------
    InvalidInput
        When they are not above 0, or there would be no bin.
    """
    if not (0 < bin_size <= cutoff < np.inf):
        raise InvalidInput(
            f"a cutoff of {cutoff:g} Å with bins of {bin_size:g} Å; both are above 0, and the cutoff is at least a bin"
        )
    return np.asarray(np.arange(int(cutoff / bin_size + 1e-9) + 1) * bin_size, np.float64)


def radial_distribution(
    batch: CrystalBatch, cutoff: float = 20.0, bin_size: float = 0.1
) -> NDArray[np.float64]:
    """Return g(r) of each crystal, (n, bins): atoms at a distance over those of a gas of this density.

    Equal to matminer's ``RadialDistributionFunction`` over the number of atoms of the cell, which matminer does not
    divide by, so that its values double with the cell; but for a distance that lies on the edge of two bins, where
    round-off decides.

    Parameters
    ----------
    batch
        n ordered crystals.
    cutoff, bin_size
        Å.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> batch = crystals_from_cells([(3.35 * np.eye(3), [84], [[0, 0, 0]])]).batch
    >>> np.flatnonzero(radial_distribution(batch, cutoff=5)[0]).tolist()
    [33, 47]
    """
    from matsluice.tasks.features.structure.radial_kernel import count_distances  # imports numba

    edges = bin_edges(cutoff, bin_size)
    counts = np.zeros((len(batch), 1, len(edges) - 1))
    classes = np.zeros(len(batch.atomic_numbers), dtype=np.int64)
    count_distances(
        batch.lattices, batch.offsets, batch.positions, classes, np.zeros((1, 1), np.int64), edges, counts
    )
    sites = batch.site_counts
    return np.asarray(counts[:, 0] / _shells(edges) * (batch.volumes / (sites * sites))[:, None])


def partial_radial_distribution(
    batch: CrystalBatch, elements: Sequence[int], cutoff: float = 20.0, bin_size: float = 0.1
) -> NDArray[np.float64]:
    """Return the distribution by pair of elements, (n, pairs, bins), per Å³ and atom of the first element.

    Equal to matminer's ``PartialRadialDistributionFunction``, but for round-off at the edges: pairs in the order
    of ``itertools.combinations_with_replacement(elements, 2)``; 0 where a crystal lacks one of the two.

    Parameters
    ----------
    batch
        n ordered crystals.
    elements
        Atomic numbers, each once.
    cutoff, bin_size
        Å.
    """
    from matsluice.tasks.features.structure.radial_kernel import count_distances  # imports numba

    edges = bin_edges(cutoff, bin_size)
    classes = classes_of(batch, elements)
    pairs = list(combinations_with_replacement(range(len(elements)), 2))
    pair_of = np.full((len(elements), len(elements)), -1, dtype=np.int64)
    for place, pair in enumerate(pairs):
        pair_of[pair] = place
    counts = np.zeros((len(batch), len(pairs), len(edges) - 1))
    count_distances(batch.lattices, batch.offsets, batch.positions, classes, pair_of, edges, counts)
    crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
    atoms = np.zeros((len(batch), len(elements)))
    np.add.at(atoms, (crystal[classes >= 0], classes[classes >= 0]), 1.0)
    of_first = np.maximum(atoms[:, [one for one, _ in pairs]], 1.0)
    return np.asarray(counts / _shells(edges) / of_first[:, :, None])


def classes_of(batch: CrystalBatch, elements: Sequence[int]) -> NDArray[np.int64]:
    """Return the place of each site's element among these, -1 for others, (m,)."""
    place = np.full(
        int(batch.atomic_numbers.max(initial=0)) + max(elements, default=0) + 1, -1, dtype=np.int64
    )
    place[list(elements)] = np.arange(len(elements))
    return np.asarray(place[batch.atomic_numbers])


def _shells(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(4 / 3 * np.pi * np.diff(edges**3))
