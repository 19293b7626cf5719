"""A block's table in a new store, and a chunk of values to put there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.feature_store import BlockTable, write_part

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
def write() -> WritePart:
    """A function: a part whose values are 1, 2 and 3, 4 and so on, plus what is added."""

    def write(table: BlockTable, keys: Sequence[str], added: float = 0.0) -> Path:
        values = added + 1.0 + np.arange(2.0 * len(keys)).reshape(-1, 2)
        return write_part(table, keys, values, {}, {})

    return write
