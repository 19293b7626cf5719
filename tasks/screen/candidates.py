"""Candidates as batches on disk, written as their source gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.material.materials_columns import SCHEMA as MATERIALS_SCHEMA

ROW_COLUMNS = ("id", "place", "reason", "detail")
SCHEMA = pa.schema([*((name, pa.string()) for name in ROW_COLUMNS), *MATERIALS_SCHEMA])
REFUSALS_SCHEMA = pa.schema([(name, pa.string()) for name in (*ROW_COLUMNS, "block")])


class BlockRefusal(NamedTuple):
    """Why a block has no values for a candidate: its name, the class of reason, and what happened."""

    block: str
    reason: str
    detail: str


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
                table = pa.table(content, schema=SCHEMA)
                # Hardly a text stands twice; a dictionary of them takes as long again.
                pq.write_table(table, temporary, compression="zstd", use_dictionary=False)
        yield path


def write_refusals(candidates: Path, table: pa.Table, refused: Mapping[int, BlockRefusal]) -> None:
    """Write beside a file of candidates which of its rows the blocks refused, and why; nothing where none was.

    Parameters
    ----------
    candidates
        A file of `write_batches`.
    table
        Its content.
    refused
        Row → by which block, and why.
    """
    if not refused:
        return
    rows = sorted(refused)
    columns = [
        table.column("id").take(pa.array(rows)),
        table.column("place").take(pa.array(rows)),
        [refused[row].reason for row in rows],
        [refused[row].detail for row in rows],
        [refused[row].block for row in rows],
    ]
    with written_whole(_refusals_file(candidates)) as temporary:
        pq.write_table(pa.table(columns, schema=REFUSALS_SCHEMA), temporary)


def _refusals_file(candidates: Path) -> Path:
    return candidates.with_name(candidates.name.replace("candidates-", "refused-"))


def add_rejected(batches: Iterable[Path], rejected_file: Path) -> None:
    """Add candidates that cannot be read or computed to rejected.parquet; those of an earlier attempt are replaced."""
    before = pq.read_table(rejected_file)
    others = pc.call_function("not_equal", [before.column("stage"), pa.scalar("screen")])
    lines = [before.filter(others)]
    for path in batches:
        batch = pq.read_table(path, columns=list(ROW_COLUMNS))
        unreadable = batch.filter(batch.column("reason").is_valid())
        refused = [unreadable.append_column("block", pa.array([""] * unreadable.num_rows))]
        if _refusals_file(path).exists():
            refused.append(pq.read_table(_refusals_file(path)))
        rows = pa.concat_tables(refused)
        details = [f"{row['place']}: {row['detail']}" for row in rows.to_pylist()]
        columns = [
            rows.column("id"),
            ["screen"] * rows.num_rows,
            rows.column("block"),
            rows.column("reason"),
            details,
        ]
        lines.append(pa.table(columns, schema=before.schema))
    with written_whole(rejected_file) as temporary:
        pq.write_table(pa.concat_tables(lines), temporary)
