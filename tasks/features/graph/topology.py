"""graph.topology: how the atoms are linked, on the quotient graph of the primitive cell and on the infinite one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.graph.bonds import BONDING, Bonds, bonds_of, find_rule
from matsluice.tasks.features.graph.reduction import SYMPREC, reduce_to_primitive
from matsluice.tasks.features.ordered import where_ordered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

NAME: Final = "graph.topology"
SHELLS: Final = range(2, 11)

# (name, definition, source). A quotient graph has a node for each atom of the primitive cell, and one edge
# between two nodes however many bonds link them and their images.
_QUOTIENT: Final = (
    (
        "wiener_index",
        "Σ_{i<j} d_ij of the connected pairs, d in edges",
        "Wiener 1947, doi:10.1021/ja01193a005",
    ),
    ("randic_index", "Σ over edges of (degreeᵢ degreeⱼ)^−½", "Randić 1975, doi:10.1021/ja00856a001"),
    *(
        (
            f"clustering_coefficient_{suffix}",
            f"{words} over the nodes of 2e/(k(k−1)): e edges between its k neighbours; 0 for k < 2",
            "Watts and Strogatz 1998, doi:10.1038/30918",
        )
        for suffix, words in (("mean", "mean"), ("max", "maximum"), ("spread", "standard deviation"))
    ),
    *(
        (
            f"betweenness_{suffix}",
            f"{words} over the nodes of Σ σ_st(i)/σ_st over unordered pairs {{s, t}} without i, not normalised",
            "Freeman 1977, doi:10.2307/3033543; Brandes 2001, doi:10.1080/0022250X.2001.9990249",
        )
        for suffix, words in (("mean", "mean"), ("max", "maximum"), ("spread", "standard deviation"))
    ),
    ("component_count", "number of components", "Chung, Hahn and Klee 1984, doi:10.1107/S0108767384000088"),
)
_LOCAL: Final = (
    ("mean_degree", "mean number of bonds of an atom", "Wells 1977, Three-dimensional nets and polyhedra"),
    (
        "randic_index_per_atom",
        "Σ over the bonds of a cell of (degreeᵢ degreeⱼ)^−½, over its number of atoms",
        "Randić 1975, doi:10.1021/ja00856a001",
    ),
    (
        "neighbour_clustering_mean",
        "mean over the atoms of the share of pairs of bonded neighbours that are bonded to each other",
        "Watts and Strogatz 1998, doi:10.1038/30918",
    ),
)
_SHELL_SOURCE: Final = "Brunner and Laves 1971; O'Keeffe 1995, doi:10.1524/zkri.1995.210.12.905"
_RANK: Final = (
    "directions in which the {} bonded network is infinite: 0 molecules, 1 chains, 2 layers, 3 frameworks"
)
_RANK_SOURCE: Final = "Larsen et al. 2019, doi:10.1103/PhysRevMaterials.3.034003"


@dataclass(frozen=True, slots=True, eq=False)
class TopologyBlock:
    """Indices of the graph of bonds.

    Attributes
    ----------
    bonding : str
        What a bond is, a key of `BONDING`.
    shells : int
        How far the coordination sequence goes.
    """

    bonding: str
    shells: int

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the rule and of the tolerance of the primitive cell."""
        rule = BONDING[self.bonding]
        return blake2b(f"{rule.maker} {rule.least_weight} {SYMPREC}".encode(), digest_size=8).hexdigest()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: those of the quotient graph, then those of the infinite one."""
        bond = f"bond: {BONDING[self.bonding].meaning}"
        quotient = (
            (name, f"{text}; quotient graph of the primitive cell", why) for name, text, why in _QUOTIENT
        )
        shells = (
            (
                f"shell_{shell}_atoms",
                f"mean number of atoms exactly {shell} bonds from an atom",
                _SHELL_SOURCE,
            )
            for shell in range(2, self.shells + 1)
        )
        ranks = (
            ("dimensionality_min", _RANK.format("least extended"), _RANK_SOURCE),
            ("dimensionality_max", _RANK.format("most extended"), _RANK_SOURCE),
        )
        return tuple(
            Column(f"{NAME}.{name}", "dimensionless", f"{definition}; {bond}", source)
            for name, definition, source in (*quotient, *_LOCAL, *shells, *ranks)
        )

    def compute(self, batch: CrystalBatch) -> FeatureValues:
        """Return the (n, 13 + shells) values; those of the quotient graph need the primitive cell."""
        width = len(_QUOTIENT) + len(_LOCAL) + self.shells + 1
        return where_ordered(batch, width, partial(_values, bonding=self.bonding, shells=self.shells))


def _values(batch: CrystalBatch, bonding: str, shells: int) -> FeatureValues:
    reduced = reduce_to_primitive(batch)
    bonds = bonds_of(reduced.batch, bonding)
    quotient = quotient_values(reduced.batch, bonds)
    quotient[list(reduced.failed)] = np.nan
    return FeatureValues(
        np.concatenate([quotient, infinite_values(reduced.batch, bonds, shells)], axis=1), reduced.failed
    )


def quotient_values(batch: CrystalBatch, bonds: Bonds) -> NDArray[np.float64]:
    """Return the (n, 9) indices of the quotient graphs of these cells, in the order of the columns.

    They equal networkx's on ``nx.Graph(StructureGraph.graph)`` without self-loops, ``betweenness_centrality``
    with ``normalized=False``. Another cell of the same crystal has another quotient graph.
    """
    from matsluice.tasks.features.graph.quotient_kernel import quotient_indices

    indices: NDArray[np.float64] = quotient_indices(batch.offsets, bonds.starts, bonds.neighbour)
    return indices


def infinite_values(batch: CrystalBatch, bonds: Bonds, shells: int) -> NDArray[np.float64]:
    """Return the (n, 4 + shells) properties of the infinite graphs, the same for any cell of a crystal."""
    from matsluice.tasks.features.graph.infinite_kernel import dimensionalities, local_means, shell_means

    graph = (batch.offsets, bonds.starts, bonds.neighbour, bonds.image)
    # The first shell is the mean degree.
    return np.concatenate(
        [local_means(*graph), shell_means(*graph, shells)[:, 1:], dimensionalities(*graph)], axis=1
    )


@cache
def make(bonding: str = "minimum_distance", shells: int = 5) -> TopologyBlock:
    """Return the block.

    Parameters
    ----------
    bonding : {"minimum_distance", "crystal_nn", "voronoi"}
        Which atoms are bonded: two of which either is a neighbour of the other by this rule.
    shells : int
        2 to 10: how far the coordination sequence goes; its cost grows with the cube.

    Raises
    ------
    InvalidInput
        For another value.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> lattice = 3.57 / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> diamond = crystals_from_cells([(lattice, [6, 6], [[0, 0, 0], [0.25, 0.25, 0.25]])]).batch
    >>> block = make()
    >>> dict(zip([c.name.split(".")[-1] for c in block.columns()], block.compute(diamond).values[0]))["shell_2_atoms"]
    np.float64(12.0)
    """
    find_rule(bonding)
    if shells not in SHELLS:
        raise InvalidInput(
            f"shells is {shells!r}; it is a whole number from {SHELLS[0]} to {SHELLS[-1]}: 5 is usual"
        )
    return TopologyBlock(bonding, shells)
