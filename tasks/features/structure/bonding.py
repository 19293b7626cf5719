"""structure.bonding: bond lengths, coordination numbers, bond angles and bond valences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.ordered import where_ordered
from matsluice.tasks.features.structure.joined import joined

if TYPE_CHECKING:
    from matsluice.tasks.material import CrystalBatch

NAME: Final = "structure.bonding"

# The modules whose columns stand side by side, in this order.
GROUPS: Final = (
    "matsluice.tasks.features.structure.minimum_distance_bonds",
    "matsluice.tasks.features.structure.bond_valence",
    "matsluice.tasks.features.structure.voronoi_bonds",
)


class Group(Protocol):
    """What each of these modules has."""

    def columns(self) -> tuple[Column, ...]:
        """Return the group's columns."""
        ...

    def values(self, batch: CrystalBatch) -> FeatureValues:
        """Return their values for ordered crystals."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class BondingBlock:
    """All groups of columns; undefined for a crystal with partly filled sites."""

    groups: tuple[str, ...] = GROUPS

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the tables behind electronegativities, radii and bond valences."""
        from matsluice.tasks.features.structure import bond_valence, crystal_nn_coordination, element_pairs

        tables = (
            element_pairs.electronegativity_and_radius().fingerprint,
            bond_valence.fingerprint(),
            crystal_nn_coordination.fingerprint(),
        )
        return blake2b(" ".join((*tables, *self.groups)).encode(), digest_size=16).hexdigest()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns."""
        return tuple(column for group in self._modules() for column in group.columns())

    def compute(self, batch: CrystalBatch) -> FeatureValues:
        """Return the (n, c) values."""
        modules = self._modules()
        return where_ordered(
            batch,
            len(self.columns()),
            lambda ordered: joined([group.values(ordered) for group in modules]),
        )

    def _modules(self) -> list[Group]:
        return [cast("Group", import_module(group)) for group in self.groups]


@cache
def make() -> BondingBlock:
    """Return the block.

    Examples
    --------
    >>> import numpy as np
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> rock_salt = (2.8 * (1 - np.eye(3)), [11, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> computed = make().compute(crystals_from_cells([rock_salt]).batch).values[0]
    >>> names = [column.name for column in make().columns()]
    >>> float(computed[names.index(f"{NAME}.bond_length_mean")].round(6))
    2.8
    """
    return BondingBlock()
