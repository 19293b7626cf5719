"""Every way to divide rows that a campaign file can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """One way to divide rows into folds.

    Attributes
    ----------
    name
        The word in the campaign file.
    groups
        "module:function" of ``groups(rows) -> (n,) int64``: rows of one group stay in one fold; "" where
        every row is its own group.
    summary
        What a score under this split answers.
    source
        Where the idea comes from.
    """

    name: str
    groups: str
    summary: str
    source: str


SPLITS: Mapping[str, SplitSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            SplitSpec(
                name="random",
                groups="",
                summary="rows at random: how well is a material predicted that may have been seen already",
                source="Stone 1974, doi:10.1111/j.2517-6161.1974.tb00994.x",
            ),
            SplitSpec(
                name="composition",
                groups="matsluice.tasks.split.groups:by_composition",
                summary="all rows of a composition in one fold: how well is a new composition predicted",
                source="Meredig et al. 2018, doi:10.1039/C8ME00012C",
            ),
        )
    }
)
