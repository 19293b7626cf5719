"""Features of the materials in a table on disk, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.features.each import compute_each
from matsluice.tasks.features.known_blocks import check_needs, chosen_blocks
from matsluice.tasks.features.ledger import SCHEMA as REJECTED_SCHEMA
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.handed_over import NOTHING_SAID, GivenColumns, source_of
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.material.materials_columns import materials_of


def featurize_file(
    table: Path, blocks: Sequence[str], out: Path, columns: GivenColumns = NOTHING_SAID
) -> dict[str, Any]:
    """Write the features of a table's materials to Parquet, and its refused rows to a second file beside it.

    Parameters
    ----------
    table
        A table, a file of structures or of electronic structure, or a folder of them.
    blocks
        Names of blocks.
    out
        Parquet file: id (the row's place, where it has no name), formula, one column a feature, and undefined: why
        some of the row's values are null.
    columns
        Of a table: which column has what.

    Returns
    -------
    Counts rows, computed, rejected, columns, and the file of the rejected rows.

    Raises
    ------
    InvalidInput
        The table or the output cannot be used, or a block does not exist.
    Failed
        What a block needs is not installed.
    """
    specs = chosen_blocks([name.strip() for name in blocks if name.strip()])
    for spec in specs:
        _ = spec.make().fingerprint  # what is not installed is no row's fault
    if not out.absolute().parent.is_dir():
        raise InvalidInput(f"there is no folder {out.absolute().parent} to write {out.name} to")
    source, options = source_of(table, columns, {spec.needs for spec in specs})
    check_needs(specs, options.gives, str(table))
    names = [column.name for spec in specs for column in spec.make().columns()]
    schema = pa.schema(
        [
            ("id", pa.string()),
            ("formula", pa.string()),
            *((name, pa.float64()) for name in names),
            ("undefined", pa.string()),
        ]
    )
    rejected_file = out.with_suffix(".rejected.parquet")
    rows = computed = 0
    with (
        written_whole(out) as values,
        written_whole(rejected_file) as refused,
        pq.ParquetWriter(values, schema) as writer,
        pq.ParquetWriter(refused, REJECTED_SCHEMA) as rejected,
    ):
        for batch in read_source(source, options):
            kept, refusals = _compute(examine(batch), specs, schema)
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


def _compute(rows: ExaminedRows, specs: Sequence[BlockSpec], schema: pa.Schema) -> tuple[pa.Table, pa.Table]:
    readable = np.array([row for row, key in enumerate(rows.keys) if key], dtype=np.int64)
    lines = [
        (rows.batch.ids[i], "ingest", "", why.reason, f"{rows.batch.places[i]}: {why.detail}")
        for i, why in rows.refusals.items()
    ]
    good = np.ones(len(readable), dtype=bool)
    parts = [np.empty((len(readable), 0))]
    materials = materials_of(rows.materials.take(readable))
    if materials is None:
        return schema.empty_table(), _rejected(lines)
    missing: list[list[str]] = [[] for _ in readable]
    for spec in specs:
        computed = compute_each(spec.make(), materials.seen_by(spec.needs))
        parts.append(computed.values)
        for place, text in computed.undefined.items():
            missing[place].append(f"{spec.name}: {text}")
        good[list(computed.refused)] = False
        lines += [
            (rows.batch.ids[readable[i]], "featurize", spec.name, why.reason, why.detail)
            for i, why in computed.refused.items()
        ]
    matrix = np.concatenate(parts, axis=1)[good]
    ids = [rows.batch.ids[i] for i in readable[good]]
    formulas = [rows.batch.formulas[i] or rows.formulas[i] for i in readable[good]]
    reasons = ["; ".join(missing[place]) or None for place in np.flatnonzero(good).tolist()]
    columns = [ids, formulas, *(pa.array(column, mask=np.isnan(column)) for column in matrix.T), reasons]
    return pa.table(columns, schema=schema), _rejected(lines)


def _rejected(lines: Sequence[tuple[str, ...]]) -> pa.Table:
    columns = [list(column) for column in zip(*lines, strict=True)] or [[] for _ in REJECTED_SCHEMA]
    return pa.table(columns, schema=REJECTED_SCHEMA)
