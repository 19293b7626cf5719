"""What most structure blocks have in common: they need every site filled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.features.block import FeatureValues

if TYPE_CHECKING:
    from matsluice.tasks.material import CrystalBatch

DISORDERED = "no value for a crystal with partly filled sites"


def where_ordered(
    batch: CrystalBatch, columns: int, compute: Callable[[CrystalBatch], FeatureValues]
) -> FeatureValues:
    """Compute the crystals whose sites are all filled; the others are undefined, and say why.

    Parameters
    ----------
    batch
        n crystals.
    columns
        How many values a crystal has.
    compute
        From ordered crystals to their values.
    """
    ordered = batch.is_ordered
    if ordered.all():
        return compute(batch)
    rows = np.flatnonzero(ordered)
    computed = compute(batch.take(rows))
    values = np.full((len(batch), columns), np.nan)
    values[rows] = computed.values
    undefined = dict.fromkeys(np.flatnonzero(~ordered).tolist(), DISORDERED)
    undefined |= {int(rows[row]): why for row, why in computed.undefined.items()}
    return FeatureValues(values, dict(sorted(undefined.items())))
