"""The rows of a part file: a block's values for some materials, and what each row cost or why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matsluice.infra.feature_store.block_table import KEY_DTYPE, BlockTable
from matsluice.infra.redaction import redacted

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEY_BYTES = np.dtype(KEY_DTYPE).itemsize
TEXT_COLUMNS = ["undefined", "refused", "detail", "host"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a block has no values for a material.

    Attributes
    ----------
    reason
        A class word: raised, timeout, memory, killed, not finite.
    detail
        What happened, for a person; secrets that an error message quotes are taken out of it.
    """

    reason: str
    detail: str

    def __post_init__(self) -> None:
        """Take secrets out of the detail."""
        object.__setattr__(self, "detail", redacted(self.detail))

    @classmethod
    def as_stored(cls, reason: str, detail: str) -> Refused:
        """Return one that was read from a part: its detail was seen to when it was written."""
        stored = object.__new__(cls)
        object.__setattr__(stored, "reason", reason)
        object.__setattr__(stored, "detail", detail)
        return stored


@dataclass(frozen=True, slots=True)
class PartRows:
    """What one worker call computed.

    Attributes
    ----------
    keys
        (n,), S32: contents of the materials, all different.
    values
        (n, columns), float64; NaN where a value is undefined.
    undefined
        Row → why some of its values are undefined.
    refused
        Row → why it has no values.
    seconds
        (n,), float32: wall time each row cost, a batch's time shared among its rows.
    host
        The machine.
    attempts
        (n,), int16: 1 the first time; a retry writes the next number.
    """

    keys: NDArray[np.bytes_]
    values: NDArray[np.float64]
    undefined: Mapping[int, str]
    refused: Mapping[int, Refused]
    seconds: NDArray[np.float32]
    host: str
    attempts: NDArray[np.int16]

    def __post_init__(self) -> None:
        """Raise ValueError where the arrays differ in length."""
        n = len(self.keys)
        lengths = {len(self.values), len(self.seconds), len(self.attempts)}
        if lengths != {n}:
            raise ValueError(f"{n} keys, but values, seconds and attempts have {sorted(lengths)} rows")

    def to_arrow(self, table: BlockTable) -> pa.Table:
        """Return the columns of a part file; what a refused row happens to have as values is not kept."""
        n = len(self.keys)
        missing = np.isnan(self.values)
        missing[list(self.refused)] = True
        values = [pa.array(self.values[:, j], mask=missing[:, j]) for j in range(self.values.shape[1])]
        reasons = {row: why.reason for row, why in self.refused.items()}
        details = {row: why.detail for row, why in self.refused.items()}
        # Most rows share a few reasons.
        shown = {why: redacted(why) for why in set(self.undefined.values())}
        undefined = {row: shown[why] for row, why in self.undefined.items()}
        texts = [_sparse(some, n) for some in (undefined, reasons, details)]
        keys = pa.array(self.keys.tolist(), pa.binary()).cast(pa.string())
        cost = [pa.array(self.seconds, pa.float32()), pa.array([self.host] * n, pa.string())]
        attempts = pa.array(self.attempts, pa.int16())
        return pa.table([keys, *values, *texts, *cost, attempts], schema=table.part_schema)


def _sparse(texts: Mapping[int, str], n: int) -> Any:
    return pa.array([texts.get(row) for row in range(n)] if texts else [None] * n, pa.string())


def keys_of(column: pa.ChunkedArray) -> NDArray[np.bytes_]:
    """Return a column of keys as (n,) S32, taken from Arrow's buffers where all have 32 bytes.

    Examples
    --------
    >>> keys_of(pa.chunked_array([["0" * 32], ["1" * 32]])).tolist() == [b"0" * 32, b"1" * 32]
    True
    >>> keys_of(pa.chunked_array([["a", "bc"]])).tolist()
    [b'a', b'bc']
    """
    chunks = [_fixed_width(chunk) for chunk in column.chunks if len(chunk)]
    return np.concatenate(chunks) if chunks else np.empty(0, KEY_DTYPE)


def _fixed_width(chunk: pa.Array) -> NDArray[np.bytes_]:
    _, offsets_buffer, data = chunk.cast(pa.string()).buffers()
    ends = np.frombuffer(offsets_buffer, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    if chunk.null_count or (np.diff(ends) != KEY_BYTES).any():
        return np.array(chunk.to_pylist(), dtype=KEY_DTYPE)
    return np.frombuffer(data, KEY_DTYPE, count=len(chunk), offset=int(ends[0]))


def texts_of(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> list[str | None]:
    """Return the texts of some rows; equal ones are one object, so a million cost little."""
    shared: dict[str, str] = {}
    picked: list[str | None] = column.take(pa.array(rows)).to_pylist()
    return [None if text is None else shared.setdefault(text, text) for text in picked]
