"""Candidates as batches on disk, written as their source gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.material.materials_columns import SCHEMA as MATERIALS_SCHEMA

ROW_COLUMNS = ("id", "place", "reason", "detail")
SCHEMA = pa.schema([*((name, pa.string()) for name in ROW_COLUMNS), *MATERIALS_SCHEMA])


def write_batches(batches: Iterable[ExaminedRows], folder: Path) -> Iterator[Path]:
    """Write one Parquet file a batch and give its path before the next batch is taken.

    Files are numbered in the source's order; the same source gives the same files.
    """
    for number, rows in enumerate(batches):
        path = folder / f"candidates-{number:07d}.parquet"
        if not path.exists():
            why = [rows.refusals.get(i) for i in range(len(rows.keys))]
            content = [
                rows.batch.ids,
                rows.batch.places,
                [None if w is None else w.reason for w in why],
                [None if w is None else w.detail for w in why],
                *rows.materials.columns,
            ]
            with written_whole(path) as temporary:
                pq.write_table(pa.table(content, schema=SCHEMA), temporary, compression="zstd")
        yield path


def add_rejected(batches: Iterable[Path], rejected_file: Path) -> None:
    """Add the candidates that cannot be read to rejected.parquet; those of an earlier attempt are replaced."""
    before = pq.read_table(rejected_file)
    lines = [before.filter(pc.not_equal(before.column("stage"), "screen"))]
    for path in batches:
        batch = pq.read_table(path)
        refused = batch.select(ROW_COLUMNS).filter(batch.column("reason").is_valid())
        n = refused.num_rows
        details = [f"{row['place']}: {row['detail']}" for row in refused.to_pylist()]
        columns = [refused.column("id"), ["screen"] * n, [""] * n, refused.column("reason"), details]
        lines.append(pa.table(columns, schema=before.schema))
    with written_whole(rejected_file) as temporary:
        pq.write_table(pa.concat_tables(lines), temporary)
