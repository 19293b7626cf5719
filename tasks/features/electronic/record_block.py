"""What the electronic blocks have in common: one record after the other, and reasons for what is missing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues

if TYPE_CHECKING:
    from matsluice.tasks.electronic import ElectronicBatch, ElectronicRecord

# Values by a column's last word, and why others are missing.
Answer = tuple[Mapping[str, float], Sequence[str]]


class RecordBlock(ABC):
    """A block of electronic structures: a frozen dataclass of its parameters that answers for one record."""

    __slots__ = ()
    COLUMNS: ClassVar[tuple[Column, ...]]

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the rules beside the code."""
        return blake2b(repr(self).encode(), digest_size=8).hexdigest()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns, in the order of the values."""
        return self.COLUMNS

    @abstractmethod
    def answer(self, record: ElectronicRecord) -> Answer:
        """Return one record's values by the last word of their column, and why others are missing."""

    def compute(self, batch: ElectronicBatch) -> FeatureValues:
        """Return the values of each document; what `answer` leaves out is undefined.

        A document that cannot be read is undefined as a whole, and says why.
        """
        from matsluice.tasks.electronic.record import CannotRead

        words = [column.name.rpartition(".")[2] for column in self.COLUMNS]
        values = np.full((len(batch), len(words)), np.nan)
        undefined: dict[int, str] = {}
        for row, record in enumerate(batch.records()):
            if isinstance(record, CannotRead):
                undefined[row] = f"no readable record: {record.detail}"
                continue
            found, reasons = self.answer(record)
            values[row] = [found.get(word, np.nan) for word in words]
            if np.isnan(values[row]).any():
                undefined[row] = "; ".join(dict.fromkeys(reasons)) or "no value"
        return FeatureValues(values, undefined)
