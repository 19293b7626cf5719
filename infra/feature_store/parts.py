"""Part files: what one worker call leaves, and how the log learns of it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.workspace.atomic_files import written_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTITION_COLUMNS = ["version", "parameters"]


def write_part(
    table: BlockTable,
    keys: Sequence[str],
    values: NDArray[np.float64],
    undefined: Mapping[int, str],
    refused: Mapping[int, str],
) -> Path:
    """Write the values of some materials as one file that is there whole or not at all.

    The file is named by its keys, so the same chunk computed again replaces itself.

    Parameters
    ----------
    table
        Where the values belong.
    keys
        The materials' keys, (n,).
    values
        Shape (n, columns); NaN where a value is undefined.
    undefined, refused
        Row → why some of its values are undefined, or why the block refused it.
    """
    n = len(keys)
    columns = [_nullable(values[:, j], refused) for j in range(values.shape[1])]
    reasons = [pa.array([why.get(i) for i in range(n)], pa.string()) for why in (undefined, refused)]
    content = pa.table([pa.array(keys, pa.string()), *columns, *reasons], schema=table.part_schema)
    digest = hashlib.blake2b("".join(keys).encode(), digest_size=12).hexdigest()
    path = table.partition / f"part-{digest}.parquet"
    with written_whole(path) as temporary:
        pq.write_table(content, temporary, compression="zstd")
    return path


def _nullable(column: NDArray[np.float64], refused: Mapping[int, str]) -> Any:
    missing = np.isnan(column)
    missing[list(refused)] = True
    return pa.array(column, pa.float64(), mask=missing)


def commit_parts(table: BlockTable) -> int:
    """Enter every part file that the log does not know yet, in one commit, and return how many.

    That is how a chunk enters the table after its worker wrote it, and how one whose run was killed in
    between is adopted by the next.
    """
    from deltalake import DeltaTable, Schema
    from deltalake.transaction import create_table_with_add_actions

    log = DeltaTable(str(table.path)) if DeltaTable.is_deltatable(str(table.path)) else None
    known = {Path(uri).name for uri in log.file_uris()} if log is not None else set()
    new = [path for path in sorted(table.partition.glob("part-*.parquet")) if path.name not in known]
    actions = [action for path in new if (action := _add_action(table, path)) is not None]
    if not actions:
        return 0
    schema = Schema.from_arrow(table.table_schema)
    if log is None:
        create_table_with_add_actions(
            str(table.path), schema, actions, mode="error", partition_by=PARTITION_COLUMNS, name=table.block
        )
    else:
        log.create_write_transaction(actions, mode="append", schema=schema, partition_by=PARTITION_COLUMNS)
    return len(actions)


def _add_action(table: BlockTable, path: Path) -> Any:
    from deltalake.transaction import AddAction

    try:
        rows = pq.read_metadata(path).num_rows
    except (pa.ArrowInvalid, OSError):
        # Renaming makes parts whole, so this one was damaged afterwards: its materials are computed again.
        path.unlink(missing_ok=True)
        return None
    return AddAction(
        path=path.relative_to(table.path).as_posix(),
        size=path.stat().st_size,
        partition_values={"version": str(table.version), "parameters": table.parameters},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )


def committed_parts(table: BlockTable) -> list[Path]:
    """Return the part files of this version and these parameters that the log knows, in a fixed order."""
    from deltalake import DeltaTable

    if not DeltaTable.is_deltatable(str(table.path)):
        return []
    names = {Path(uri).name for uri in DeltaTable(str(table.path)).file_uris()}
    return sorted(path for path in table.partition.glob("part-*.parquet") if path.name in names)
