"""Which atoms are bonded: each bond once from either end, with the lattice translation it crosses."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput, unknown_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from matsluice.tasks.features.neighbours.neighbours import Neighbours
    from matsluice.tasks.material import CrystalBatch

_RULES: Final = "matsluice.tasks.features.neighbours"


@dataclass(frozen=True, slots=True)
class Rule:
    """A definition of neighbours before it is imported.

    Attributes
    ----------
    maker : str
        "module:function" from a `CrystalBatch` to `Neighbours`.
    least_weight : float
        Neighbours of less weight are not bonded; the weight is relative to the heaviest neighbour of an atom.
    meaning : str
        One phrase for columns and lists.
    """

    maker: str
    least_weight: float
    meaning: str


# A Voronoi cell has faces that any displacement opens or closes. From two fifths of the solid angle of the
# largest on, a face stands for a bond here, and the coordinations are those of the textbook: diamond 4 (the next
# faces have 0.04), rock salt 6, body-centred 8 (0.36), face-centred 12. Simple fractions are avoided: the faces
# of a cubic perovskite's oxygen have 1, 1/2 and 1/4, and would be bonds or not by a rounding error.
BONDING: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "minimum_distance": Rule(
            f"{_RULES}.minimum_distance:minimum_distance_neighbours",
            0.0,
            "nearest neighbour, and all up to 10 % farther, of either atom",
        ),
        "crystal_nn": Rule(
            f"{_RULES}.crystal_nn:crystal_nn_neighbours", 0.0, "CrystalNN neighbour of either atom"
        ),
        "voronoi": Rule(
            f"{_RULES}.voronoi:voronoi_neighbours",
            0.4,
            "face of either atom's Voronoi cell with at least 0.4 of the solid angle of its largest",
        ),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Bonds:
    """The bonds of the m sites of a batch; the bond from i to j is also one from j to i.

    Attributes
    ----------
    starts : (m + 1,) int64
        Where each site's bonds begin.
    neighbour : (p,) int64
        The site at the other end, counted over the whole batch.
    image : (p, 3) int64
        Lattice translation of that site's atom.
    """

    starts: NDArray[np.int64]
    neighbour: NDArray[np.int64]
    image: NDArray[np.int64]


def find_rule(bonding: str) -> Rule:
    """Return the rule of this name.

    Raises
    ------
    InvalidInput
        With the nearest name and all that are allowed.
    """
    if bonding not in BONDING:
        raise InvalidInput(unknown_word("bonding", bonding, BONDING))
    return BONDING[bonding]


def bonds_of(batch: CrystalBatch, bonding: str = "minimum_distance") -> Bonds:
    """Return the bonds of a batch of ordered crystals.

    Two atoms are bonded when either is a neighbour of the other, as in pymatgen's
    ``StructureGraph.from_local_env_strategy``.

    Parameters
    ----------
    batch
        n crystals.
    bonding
        A key of `BONDING`.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> caesium_chloride = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> np.diff(bonds_of(crystals_from_cells([caesium_chloride]).batch).starts)
    array([8, 8])
    """
    rule = find_rule(bonding)
    module, _, function = rule.maker.partition(":")
    return either_way(getattr(import_module(module), function)(batch), rule.least_weight)


def either_way(neighbours: Neighbours, least_weight: float = 0.0) -> Bonds:
    """Return neighbours as bonds: those of at least this weight, from both ends, each once."""
    from matsluice.tasks.features.graph.bonds_kernel import symmetrised

    starts, neighbour = neighbours.starts, neighbours.neighbour
    image = neighbours.image.astype(np.int64)
    if least_weight > 0:
        kept = neighbours.weight >= least_weight
        starts = np.concatenate([[0], np.cumsum(kept)])[starts]
        neighbour, image = neighbour[kept], image[kept]
    return Bonds(*symmetrised(starts, neighbour, image))
