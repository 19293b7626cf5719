"""The rows of a Parquet file, some in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.workspace.scratch_arrays import STEP_ROWS


def row_batches(
    file: Path, columns: Sequence[str] | None = None, rows: int = STEP_ROWS
) -> Iterator[pa.Table]:
    """Give the rows of a file in order, so many at a time; the last ones may be fewer.

    Asked for the batches of a whole file, Arrow keeps what it has read of all groups of rows until the end. So it is
    asked for one group after the other.

    Parameters
    ----------
    file
        Parquet; its groups of rows may be smaller or larger than the batches.
    columns
        Which columns; all if not given.
    rows
        Rows of a batch.
    """
    with pq.ParquetFile(file) as opened:
        wanted = list(opened.schema_arrow.names if columns is None else columns)
        waiting = opened.schema_arrow.empty_table().select(wanted)
        for group in range(opened.num_row_groups):
            for batch in opened.iter_batches(rows, row_groups=[group], columns=wanted, use_threads=False):
                waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
                while waiting.num_rows >= rows:
                    yield waiting.slice(0, rows).combine_chunks()
                    waiting = waiting.slice(rows)
        if waiting.num_rows:
            yield waiting.combine_chunks()
