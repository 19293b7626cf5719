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
    from deltalake import DeltaTable
    from numpy.typing import NDArray

PARTITION_COLUMNS = ["version", "parameters"]
# Commits take about 0.03 s; runs that enter parts at the same moment take turns within a second or two.
COMMIT_ATTEMPTS = 10
COMMIT_PAUSE_S = 0.05


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
    between is adopted by the next. Where another run writes to the log at the same moment, the log is read
    again and the commit repeated.
    """
    from deltalake.exceptions import DeltaError

    for attempt in range(COMMIT_ATTEMPTS):
        try:
            return _commit_new_parts(table)
        except DeltaError:
            if attempt == COMMIT_ATTEMPTS - 1:
                raise
            time.sleep(COMMIT_PAUSE_S * (attempt + 1))
    return 0


def _commit_new_parts(table: BlockTable) -> int:
    from deltalake import Schema
    from deltalake.transaction import create_table_with_add_actions

    log = open_log(table)
    known = set() if log is None else _logged_names(log)
    new = [path for path in sorted(table.partition.glob("part-*.parquet")) if _name(path) not in known]
    actions = [action for path in new if (action := _add_action(table, path)) is not None]
    if not actions:
        return 0
    schema = Schema.from_arrow(table.table_schema)
    if log is None:
        create_table_with_add_actions(
            str(table.path), schema, actions, mode="error", partition_by=PARTITION_COLUMNS, name=table.block
        )
        return len(actions)
    there = {field.name for field in log.schema().fields}
    added = [field for field in schema.fields if field.name not in there]
    if added:
        log.alter.add_columns(added)
    log.create_write_transaction(actions, mode="append", schema=log.schema(), partition_by=PARTITION_COLUMNS)
    return len(actions)


def open_log(table: BlockTable) -> DeltaTable | None:
    """Return the table's log as it is now, or None where nothing was ever entered."""
    from deltalake import DeltaTable

    return DeltaTable(str(table.path)) if DeltaTable.is_deltatable(str(table.path)) else None


def _name(path: Path) -> str:
    """Return version, parameters and file: the same chunk has the same file name in every version."""
    return "/".join(path.parts[-3:])


def _logged_names(log: DeltaTable) -> set[str]:
    return {_name(Path(uri)) for uri in log.file_uris()}


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
    log = open_log(table)
    names = set() if log is None else _logged_names(log)
    return sorted(path for path in table.partition.glob("part-*.parquet") if _name(path) in names)


def drop_damaged(table: BlockTable, path: Path) -> None:
    """Take a part that cannot be read out of the folder and of the log; its materials are computed again."""
    path.unlink(missing_ok=True)
    log = open_log(table)
    if log is not None:
        log.repair()
