"""Who is whose neighbour: pairs of sites of a whole batch, with the lattice translation between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The neighbours of the m sites of a batch; those of site i are the pairs ``starts[i]:starts[i + 1]``.

    Attributes
    ----------
    starts : (m + 1,) int64
        Where each site's neighbours begin.
    neighbour : (p,) int64
        The neighbour's site, counted over the whole batch.
    image : (p, 3) int32
        Lattice translation: the vector from site to neighbour is
        ``(positions[neighbour] + image - positions[site]) @ lattice``.
    distance : (p,) float64
        Å, increasing within a site.
    weight : (p,) float64
        As the rule defines it; 1 where it has no weights.
    """

    starts: NDArray[np.int64]
    neighbour: NDArray[np.int64]
    image: NDArray[np.int32]
    distance: NDArray[np.float64]
    weight: NDArray[np.float64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many neighbours each site has, (m,)."""
        return np.diff(self.starts)

    @property
    def sites(self) -> NDArray[np.int64]:
        """The site each pair belongs to, (p,)."""
        return np.repeat(np.arange(len(self.starts) - 1), self.counts)

    def vectors(self, batch: CrystalBatch) -> NDArray[np.float64]:
        """Return the vectors from site to neighbour, (p, 3), Å.

        Parameters
        ----------
        batch
            The one the neighbours were found in.
        """
        sites = self.sites
        crystal = np.repeat(np.arange(len(batch)), batch.site_counts)[sites]
        steps = batch.positions[self.neighbour] - batch.positions[sites] + self.image
        # Three products and two sums, in this order, whatever the number of pairs.
        lattices = batch.lattices[crystal]
        return np.asarray(
            steps[:, :1] * lattices[:, 0] + steps[:, 1:2] * lattices[:, 1] + steps[:, 2:] * lattices[:, 2]
        )
