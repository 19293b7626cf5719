"""One block over a batch, in this process: what it computes, and for each row that it cannot, why."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.feature_store import Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.features.block import Block, FeatureValues
    from matsluice.tasks.material.materials import Batch

# Why a row is undefined where the block gave no value and no reason.
NOT_SAID = "the block gave no value, and no reason"


@dataclass(frozen=True, slots=True, eq=False)
class BlockRows:
    """A block's values for n rows, and what became of each row.

    Attributes
    ----------
    values : (n, columns) float64
        NaN where undefined, and in the whole row where it was refused.
    undefined : dict of int to str
        Row → why some of its values are undefined.
    refused : dict of int to Refused
        Row → why the block has nothing for it.
    seconds : (n,) float32
        What each row cost; rows computed together share the time evenly.
    """

    values: NDArray[np.float64]
    undefined: dict[int, str]
    refused: dict[int, Refused]
    seconds: NDArray[np.float32]

    @classmethod
    def nothing(cls, columns: int, refused: Refused, seconds: float) -> BlockRows:
        """Return what a row alone has that was refused."""
        values = np.full((1, columns), np.nan)
        return cls(values, {}, {0: refused}, np.array([seconds], dtype=np.float32))


def compute_each(block: Block, batch: Batch) -> BlockRows:
    """Return a block's values for a batch; where it raises, the batch is halved until the row stands alone."""
    began = time.monotonic()
    columns = len(block.columns())
    try:
        computed = checked(block.compute(batch), len(batch), columns)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a block raises costs that material alone
        if len(batch) == 1:
            return BlockRows.nothing(columns, _refusal(error), time.monotonic() - began)
        half = len(batch) // 2
        parts = (batch.take(range(half)), batch.take(range(half, len(batch))))
        return joined([compute_each(block, part) for part in parts], columns)
    return _without_infinities(block, computed, (time.monotonic() - began) / max(1, len(batch)))


def joined(parts: Sequence[BlockRows], columns: int) -> BlockRows:
    """Return several results as one, in order."""
    undefined: dict[int, str] = {}
    refused: dict[int, Refused] = {}
    start = 0
    for part in parts:
        undefined |= {start + row: why for row, why in part.undefined.items()}
        refused |= {start + row: why for row, why in part.refused.items()}
        start += len(part.values)
    return BlockRows(
        np.concatenate([np.empty((0, columns)), *(part.values for part in parts)]),
        undefined,
        refused,
        np.concatenate([np.empty(0, np.float32), *(part.seconds for part in parts)]),
    )


def side_by_side(parts: Sequence[BlockRows]) -> BlockRows:
    """Return the values of several blocks for the same rows as one; a row that one refused is refused.

    Parameters
    ----------
    parts
        At least one block's, of n rows each.
    """
    undefined: dict[int, str] = {}
    refused: dict[int, Refused] = {}
    for part in parts:
        for row, why in part.undefined.items():
            undefined[row] = f"{undefined[row]}; {why}" if row in undefined else why
        refused |= {row: why for row, why in part.refused.items() if row not in refused}
    seconds = np.stack([part.seconds for part in parts]).sum(axis=0, dtype=np.float32)
    return BlockRows(np.concatenate([part.values for part in parts], axis=1), undefined, refused, seconds)


def checked(computed: FeatureValues, rows: int, columns: int) -> FeatureValues:
    """Return what a block computed, with a reason for every row that has a NaN.

    Raises
    ------
    ValueError
        The values are of another shape or kind than the block's columns say.
    """
    from matsluice.tasks.features.block import FeatureValues

    values = np.asarray(computed.values)
    if values.shape != (rows, columns) or values.dtype != np.float64:
        raise ValueError(
            f"the block gave {values.dtype} values of shape {values.shape} for {rows} materials and "
            f"{columns} columns; they must be float64 of shape ({rows}, {columns})"
        )
    lacking = np.flatnonzero(np.isnan(values).any(axis=1)).tolist()
    return FeatureValues(values, {row: computed.undefined.get(row) or NOT_SAID for row in lacking})


def _without_infinities(block: Block, computed: FeatureValues, seconds: float) -> BlockRows:
    """Refuse rows with an infinite value: no model can learn from one, and none is meant."""
    values, undefined = computed.values, dict(computed.undefined)
    refused: dict[int, Refused] = {}
    infinite = np.isinf(values).any(axis=1)
    if infinite.any():
        values = values.copy()
        for row in np.flatnonzero(infinite).tolist():
            column = int(np.flatnonzero(np.isinf(values[row]))[0])
            name = block.columns()[column].name
            refused[row] = Refused("not finite", f"{name} is {values[row, column]}")
            undefined.pop(row, None)
        values[infinite] = np.nan
    return BlockRows(values, undefined, refused, np.full(len(values), seconds, dtype=np.float32))


def _refusal(error: BaseException) -> Refused:
    if isinstance(error, MemoryError):
        return Refused("memory", "it asked for more memory than features.row_memory allows")
    return Refused("raised", f"{type(error).__name__}: {error}")
