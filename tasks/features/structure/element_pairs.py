"""Which elements are bonded to which: the same columns whatever the elements are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.element_table import ElementTable, pymatgen_table

if TYPE_CHECKING:
    from matsluice.tasks.features.neighbours.neighbours import Neighbours
    from matsluice.tasks.material import CrystalBatch

_PREFIX: Final = "structure.bonding"
_RULE: Final = "neighbours of MinimumDistanceNN (tolerance 0.1), doi:10.3389/fmats.2017.00034"
_PAULING: Final = f"{_RULE}; Pauling's electronegativity in pymatgen's table, doi:10.1021/ja01348a011"
_SLATER: Final = f"{_RULE}; radii of Slater 1964 in pymatgen's table, doi:10.1063/1.1725697"
_ARGON: Final = 18  # Slater gives it no radius; pymatgen's is a calculated one


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    return (
        Column(
            f"{_PREFIX}.like_neighbour_share",
            "dimensionless",
            "share of neighbours of the atom's own element",
            _RULE,
        ),
        Column(
            f"{_PREFIX}.electronegativity_difference_mean",
            "Pauling",
            "mean difference, without its sign, of the electronegativities of an atom and its neighbour",
            _PAULING,
        ),
        Column(
            f"{_PREFIX}.electronegativity_difference_maximum",
            "Pauling",
            "greatest difference of the electronegativities of an atom and its neighbour",
            _PAULING,
        ),
        Column(
            f"{_PREFIX}.coordination_number_least_electronegative",
            "neighbours/atom",
            "mean number of neighbours of the atoms of the least electronegative element",
            _PAULING,
        ),
        Column(
            f"{_PREFIX}.coordination_number_most_electronegative",
            "neighbours/atom",
            "mean number of neighbours of the atoms of the most electronegative element",
            _PAULING,
        ),
        Column(
            f"{_PREFIX}.unlike_coordination_number_mean",
            "neighbours/atom",
            "mean over the atoms of the number of neighbours of another element",
            _RULE,
        ),
        Column(
            f"{_PREFIX}.bond_length_to_radii_mean",
            "dimensionless",
            "mean of the distance to a neighbour over the sum of the two atomic radii",
            _SLATER,
        ),
    )


def values(batch: CrystalBatch, neighbours: Neighbours) -> FeatureValues:
    """Return the (n, 7) values; undefined where an element has no electronegativity or no radius.

    Parameters
    ----------
    batch
        n ordered crystals.
    neighbours
        Theirs.
    """
    from matsluice.tasks.features.structure.pair_kernel import pair_statistics  # imports numba

    table = electronegativity_and_radius()
    filled = np.empty((len(batch), len(columns())))
    pair_statistics(
        batch.offsets,
        batch.atomic_numbers,
        neighbours.starts,
        neighbours.neighbour,
        neighbours.distance,
        np.ascontiguousarray(table.values[:, 0]),
        np.ascontiguousarray(table.values[:, 1]),
        filled,
    )
    rows = np.flatnonzero(np.isnan(filled).any(axis=1))
    reasons = table.reasons(batch.take(rows).compositions(), np.arange(len(rows)))
    return FeatureValues(filled, {int(rows[row]): why for row, why in reasons.items()})


@cache  # the table is read once in a process
def electronegativity_and_radius() -> ElementTable:
    """Return Pauling's electronegativities and Slater's radii (Å)."""
    table = pymatgen_table([("electronegativity", "X"), ("atomic_radius", "Atomic radius")])
    table.values[_ARGON, 1] = np.nan
    return table
