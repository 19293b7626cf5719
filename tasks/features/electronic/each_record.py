"""What the electronic blocks have in common: one record after the other, and reasons for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.electronic.record import CannotRead, ElectronicRecord
from matsluice.tasks.features.block import FeatureValues

if TYPE_CHECKING:
    from matsluice.tasks.electronic.batch import ElectronicBatch

# Values by a column's last word, and why others are missing.
Answer = tuple[Mapping[str, float], Sequence[str]]


def for_each_record(
    batch: ElectronicBatch, names: Sequence[str], answer: Callable[[ElectronicRecord], Answer]
) -> FeatureValues:
    """Return the columns `names` for each document; what `answer` leaves out is undefined.

    A document that cannot be read is undefined as a whole, and says why.
    """
    values = np.full((len(batch), len(names)), np.nan)
    undefined: dict[int, str] = {}
    for row, record in enumerate(batch.records()):
        if isinstance(record, CannotRead):
            undefined[row] = f"no readable record: {record.detail}"
            continue
        found, reasons = answer(record)
        values[row] = [found.get(name, np.nan) for name in names]
        if np.isnan(values[row]).any():
            undefined[row] = "; ".join(dict.fromkeys(reasons)) or "no value"
    return FeatureValues(values, undefined)
