"""Candidates as batches on disk, written as their source gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.material.materials_columns import SCHEMA as MATERIALS_SCHEMA

ROW_COLUMNS = ("id", "place", "reason", "detail")
# Features of the formulas in one file: 16 MiB, so that a worker's arrays of a batch, some four times as much, are among
# what its allocator keeps at hand.
FEATURES_AT_ONCE = 1 << 21
SCHEMA = pa.schema([*((name, pa.string()) for name in ROW_COLUMNS), *MATERIALS_SCHEMA])
REFUSALS_SCHEMA = pa.schema([(name, pa.string()) for name in (*ROW_COLUMNS, "block")])


class BlockRefusal(NamedTuple):
    """Why a block has no values for a candidate: its name, the class of reason, and what happened."""

    block: str
    reason: str
    detail: str


def write_batches(batches: Iterable[ExaminedRows], folder: Path, columns: int) -> Iterator[Path]:
    """Write Parquet files of candidates as they come, and give the path of each before more are taken.

    A file is named by its first candidate's place among all; the same source and features give the same files.

    Parameters
    ----------
    batches
        The candidates.
    folder
        Where files are written.
    columns
        How many features each candidate will have.
    """
    first = 0
    for some in _joined(batches, FEATURES_AT_ONCE // columns):
        path = folder / f"candidates-{first:010d}.parquet"
        if not path.exists():
            with written_whole(path) as temporary:
                table = pa.concat_tables([_table(rows) for rows in some])
                # Hardly a text stands twice; a dictionary of them takes as long again.
                pq.write_table(table, temporary, compression="zstd", use_dictionary=False)
        yield path
        first += sum(len(rows.batch.ids) for rows in some)


def _joined(batches: Iterable[ExaminedRows], most_rows: int) -> Iterator[list[ExaminedRows]]:
    """Give batches that make up a file: more and more of them where candidates are formulas.

    A file costs a task, so few large ones are sooner screened. But the first are as they come, and a further batch
    joins only where there are fewer rows than an eighth of all before the file: many workers have something to do from
    the start on, and none is busy long after the others.
    """
    given, some, rows = 0, list[ExaminedRows](), 0
    for batch in batches:
        some.append(batch)
        rows += len(batch.batch.ids)
        bulky = batch.batch.crystals is not None or batch.batch.electronic is not None
        if bulky or rows >= min(most_rows, given // 8):
            yield some
            given, some, rows = given + rows, [], 0
    if some:
        yield some


def _table(rows: ExaminedRows) -> pa.Table:
    """Return candidates as a file has them."""
    n = len(rows.batch.ids)
    why: tuple[Any, Any] = (pa.nulls(n, pa.string()), pa.nulls(n, pa.string()))
    if rows.refusals:
        found = [rows.refusals.get(row) for row in range(n)]
        why = ([one and one.reason for one in found], [one and one.detail for one in found])
    return pa.table([rows.batch.ids, rows.batch.places, *why, *rows.materials.columns], schema=SCHEMA)


def write_refusals(candidates: Path, refused: Mapping[int, BlockRefusal]) -> None:
    """Write beside a file of candidates which of its rows the blocks refused, and why; nothing where none was.

    Parameters
    ----------
    candidates
        A file of `write_batches`.
    refused
        Row → by which block, and why.
    """
    if not refused:
        return
    rows = sorted(refused)
    table = pq.read_table(candidates, columns=["id", "place"])
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
