"""Entries of the log: a part that comes, a part that goes."""

from __future__ import annotations

import json
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store.block_table import BlockTable

if TYPE_CHECKING:
    from deltalake.transaction import AddAction, RemoveAction

    from matsluice.infra.feature_store.store_files import StoredFile


def add_action_of(
    table: BlockTable, file: StoredFile, schemas: list[pa.Schema] | None = None
) -> AddAction | None:
    """Return the entry of a file that was found, or None, having deleted it, where it is no Parquet file.

    Parameters
    ----------
    table, file
        The table, and a part below its folder.
    schemas
        If given, the part's columns are appended.
    """
    try:
        with table.files.open(file.name) as opened:
            metadata = pq.read_metadata(opened)
    except pa.ArrowInvalid:
        # Parts appear whole, so this one was damaged afterwards: its materials are computed again.
        table.files.delete(file.name)
        return None
    except FileNotFoundError:
        return None
    if schemas is not None:
        schemas.append(metadata.schema.to_arrow_schema())
    return add_action(table, file.name, file.size, metadata.num_rows)


def add_action(table: BlockTable, name: str, size: int, rows: int) -> AddAction:
    """Return the entry of a part file."""
    from deltalake.transaction import AddAction

    return AddAction(
        path=name.removeprefix(f"{table.block}/"),
        size=size,
        partition_values=partition_values(name),
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )


def remove_action(table: BlockTable, name: str) -> RemoveAction:
    """Return the entry that takes a part file out of the table; the file itself stays."""
    from deltalake.transaction import RemoveAction

    now = int(time.time() * 1000)
    return RemoveAction(name.removeprefix(f"{table.block}/"), True, now, None, dict(partition_values(name)))


def partition_values(name: str) -> dict[str, str | None]:
    """Return what the folders of a part say.

    Examples
    --------
    >>> partition_values("block/version=1/parameters=0a/part-00.parquet")
    {'version': '1', 'parameters': '0a'}
    """
    folders = PurePosixPath(name).parent.parts[-2:]
    return {name: value for name, _, value in (folder.partition("=") for folder in folders)}
