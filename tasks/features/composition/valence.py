"""composition.valence: how many valence electrons are in s, p, d and f states, and what share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.element_table import ElementTable, magpie_table

if TYPE_CHECKING:
    from matsluice.tasks.material.batch import CompositionBatch

NAME: Final = "composition.valence"
_SHELLS: Final = "spdf"
_SOURCE: Final = (
    "Meredig et al. 2014, doi:10.1103/PhysRevB.89.094104; "
    "electrons as in Magpie, doi:10.1038/npjcompumats.2016.28"
)


@dataclass(frozen=True, slots=True, eq=False)
class ValenceBlock:
    """matminer's ``ValenceOrbital(impute_nan=False)``."""

    table: ElementTable

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the tables."""
        return self.table.fingerprint

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: four mean numbers, then four shares."""
        means = (
            Column(
                f"{NAME}.mean_{shell}_electrons",
                "electrons/atom",
                f"Σxᵢ Nᵢ of the {shell} valence electrons",
                _SOURCE,
            )
            for shell in _SHELLS
        )
        shares = (
            Column(
                f"{NAME}.share_{shell}_electrons",
                "dimensionless",
                f"mean number of {shell} valence electrons over that of all valence electrons",
                _SOURCE,
            )
            for shell in _SHELLS
        )
        return (*means, *shares)

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the (n, 8) values."""
        from matsluice.tasks.features.composition.kernel import moments  # numba takes half a second to import

        statistics = np.empty((len(batch), 4, len(_SHELLS) + 1))
        moments(batch.offsets, batch.atomic_numbers, batch.amounts, self.table.values, statistics)
        means = statistics[:, 0]
        # Every element with a value has at least one valence electron, so the divisor is never 0.
        values = np.concatenate([means[:, :-1], means[:, :-1] / means[:, -1:]], axis=1)
        rows = np.flatnonzero(np.isnan(values).any(axis=1))
        return FeatureValues(values, self.table.reasons(batch, rows))


@cache  # the tables are read once in a process
def make() -> ValenceBlock:
    """Return the block with the tables of the installed matminer.

    Examples
    --------
    >>> make().columns()[4].name
    'composition.valence.share_s_electrons'
    """
    return ValenceBlock(magpie_table([*(f"N{shell}Valence" for shell in _SHELLS), "NValence"]))
