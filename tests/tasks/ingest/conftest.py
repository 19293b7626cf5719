"""Tables on disk, and how they are read."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import SourceBatch, read_source

ReadTable = Callable[..., list[SourceBatch]]


@pytest.fixture
def read_table(tmp_path: Path) -> ReadTable:
    """A function: write bytes as table.csv and read it."""

    def read(
        content: bytes, targets: Sequence[str] = (), name: str = "table.csv", **keys: str
    ) -> list[SourceBatch]:
        (tmp_path / name).write_bytes(content)
        options = CsvOptions(path=glob.escape(str(tmp_path / name)), **{"formula": "formula", **keys})
        return list(read_source("csv", options, targets))

    return read


@pytest.fixture
def refused_table(read_table: ReadTable, tmp_path: Path) -> Callable[..., str]:
    """A function: the sentence that answers a table, without its folder."""

    def refused(content: bytes, targets: Sequence[str] = (), name: str = "table.csv", **keys: str) -> str:
        with pytest.raises(InvalidInput) as caught:
            read_table(content, targets, name, **keys)
        assert "\n" not in str(caught.value)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return refused


@pytest.fixture
def rows_of() -> Callable[..., ExaminedRows]:
    """A function: examined rows from (formula, value) pairs."""

    def rows(*pairs: tuple[str, str], first: int = 0, ids: Sequence[str] | None = None) -> ExaminedRows:
        numbers = range(first, first + len(pairs))
        return examine(
            SourceBatch(
                ids=list(ids or map(str, numbers)),
                places=[f"t.csv:{number + 2}" for number in numbers],
                formulas=[formula for formula, _ in pairs],
                labels={"gap": [value for _, value in pairs]},
            ),
            ["gap"],
        )

    return rows
