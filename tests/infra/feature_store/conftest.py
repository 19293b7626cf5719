"""A block's table in a new store, and a chunk of values to put there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.feature_store import KEY_DTYPE, BlockTable, PartRows, Refused, write_part

WritePart = Callable[..., Path]
COLUMNS = ("block.one", "block.two")


@pytest.fixture
def table(tmp_path: Path) -> BlockTable:
    """Version 1 of a block of two columns."""
    return BlockTable(tmp_path / "features", "block", 1, "0a0a0a0a0a0a", COLUMNS)


@pytest.fixture
def version_2(table: BlockTable) -> BlockTable:
    """The same block, raised."""
    return replace(table, version=2)


@pytest.fixture
def write_rows() -> WritePart:
    """A function: a part of these keys and values; of what costs nothing, on a host named "here"."""

    def write(
        table: BlockTable,
        keys: Sequence[str],
        values: object,
        undefined: Mapping[int, str] | None = None,
        refused: Mapping[int, Refused] | None = None,
        attempt: int = 1,
        host: str = "here",
    ) -> Path:
        n = len(keys)
        rows = PartRows(
            np.array(keys, dtype=KEY_DTYPE),
            np.array(values, dtype=np.float64),
            undefined or {},
            refused or {},
            np.arange(n, dtype=np.float32),
            host,
            np.full(n, attempt, np.int16),
        )
        return Path(write_part(table, rows))

    return write


@pytest.fixture
def write(write_rows: WritePart) -> WritePart:
    """A function: a part whose values are 1, 2 and 3, 4 and so on, plus what is added."""

    def write(table: BlockTable, keys: Sequence[str], added: float = 0.0, **more: object) -> Path:
        return write_rows(table, keys, added + 1.0 + np.arange(2.0 * len(keys)).reshape(-1, 2), **more)

    return write
