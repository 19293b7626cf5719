"""composition.stoichiometry: p-norms of the atomic fractions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues

if TYPE_CHECKING:
    from matsluice.tasks.material.batch import CompositionBatch

NAME: Final = "composition.stoichiometry"
POWERS: Final = (0, 2, 3, 5, 7, 10)  # those of Magpie and of matminer's Stoichiometry
_SOURCE: Final = "Ward et al. 2016, doi:10.1038/npjcompumats.2016.28"


@dataclass(frozen=True, slots=True)
class StoichiometryBlock:
    """(Σxᵖ)^(1/p) of the atomic fractions x: 1 for a pure element, the less the more evenly many share."""

    @property
    def fingerprint(self) -> str:
        """No table is looked up."""
        return "0"

    def columns(self) -> tuple[Column, ...]:
        """Return the columns."""
        return tuple(
            Column(
                f"{NAME}.norm_{p}",
                "dimensionless",
                f"(Σxᵢ^{p})^(1/{p}) of the atomic fractions" if p else "number of elements",
                _SOURCE,
            )
            for p in POWERS
        )

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the (n, 6) values; they are always defined."""
        from matsluice.tasks.features.composition.kernel import norms  # numba takes half a second to import

        values = np.empty((len(batch), len(POWERS)))
        norms(batch.offsets, batch.amounts, np.array(POWERS, dtype=np.int64), values)
        return FeatureValues(values, {})


def make() -> StoichiometryBlock:
    """Return the block.

    Examples
    --------
    >>> [column.name.split(".")[-1] for column in make().columns()]
    ['norm_0', 'norm_2', 'norm_3', 'norm_5', 'norm_7', 'norm_10']
    """
    return StoichiometryBlock()
