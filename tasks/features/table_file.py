"""Features of the materials in a table on disk, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.features.blocks import chosen_blocks, find_block
from matsluice.tasks.features.chunk import compute_each
from matsluice.tasks.features.ledger import SCHEMA as REJECTED_SCHEMA
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.formula_table import formula_table
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.material import parse_formulas


def featurize_file(
    table: Path, blocks: Sequence[str], out: Path, formula: str | None = None
) -> dict[str, Any]:
    """Write the features of a table's materials to Parquet, and its refused rows to a second file beside it.

    Parameters
    ----------
    table
        CSV file, also .gz.
    blocks
        Names of blocks.
    out
        Parquet file: id (the row's place), formula, one column a feature.
    formula
        Column with the formula.

    Returns
    -------
    Counts rows, computed, rejected, columns, and the file of the rejected rows.

    Raises
    ------
    InvalidInput
        The table or the output cannot be used, or a block does not exist.
    """
    specs = chosen_blocks([name.strip() for name in blocks if name.strip()])
    if not out.absolute().parent.is_dir():
        raise InvalidInput(f"there is no folder {out.absolute().parent} to write {out.name} to")
    options = formula_table(table, formula)
    names = [column.name for spec in specs for column in spec.make().columns()]
    schema = pa.schema(
        [("id", pa.string()), ("formula", pa.string()), *((name, pa.float64()) for name in names)]
    )
    rejected_file = out.with_suffix(".rejected.parquet")
    rows = computed = 0
    with (
        written_whole(out) as values,
        written_whole(rejected_file) as refused,
        pq.ParquetWriter(values, schema) as writer,
        pq.ParquetWriter(refused, REJECTED_SCHEMA) as rejected,
    ):
        for batch in read_source("csv", options):
            kept, refusals = _compute(examine(batch), [spec.name for spec in specs], schema)
            writer.write_table(kept)
            rejected.write_table(refusals)
            rows += len(batch.ids)
            computed += kept.num_rows
    return {
        "rows": rows,
        "computed": computed,
        "rejected": rows - computed,
        "columns": len(names),
        "rejected_file": str(rejected_file),
    }


def _compute(rows: ExaminedRows, blocks: Sequence[str], schema: pa.Schema) -> tuple[pa.Table, pa.Table]:
    readable = np.array([i for i, key in enumerate(rows.keys) if key], dtype=np.int64)
    batch = parse_formulas([rows.formulas[i] for i in readable]).batch
    lines = [
        (rows.batch.ids[i], "ingest", "", why.reason, f"{rows.batch.places[i]}: {why.detail}")
        for i, why in rows.refusals.items()
    ]
    good = np.ones(len(readable), dtype=bool)
    parts = []
    for name in blocks:
        values, _, refused = compute_each(find_block(name).make(), batch)
        parts.append(values)
        good[list(refused)] = False
        lines += [
            (rows.batch.ids[readable[i]], "featurize", name, *_split(why)) for i, why in refused.items()
        ]
    matrix = np.concatenate(parts, axis=1)[good]
    ids = [rows.batch.ids[i] for i in readable[good]]
    formulas = [rows.batch.formulas[i] for i in readable[good]]
    columns = [ids, formulas, *(pa.array(column, mask=np.isnan(column)) for column in matrix.T)]
    return pa.table(columns, schema=schema), _rejected(lines)


def _split(why: str) -> Iterator[str]:
    reason, _, detail = why.partition(": ")
    return iter((reason, detail))


def _rejected(lines: Sequence[tuple[str, ...]]) -> pa.Table:
    columns = [list(column) for column in zip(*lines, strict=True)] or [[] for _ in REJECTED_SCHEMA]
    return pa.table(columns, schema=REJECTED_SCHEMA)
