"""Part files: what one worker call leaves, named by its bytes, so that damage is seen by whoever reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.part_rows import TEXT_COLUMNS, PartRows
from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    from matsluice.infra.feature_store.store_files import StoredFile

ROW_GROUP_ROWS = 65_536
# 128 bits of the file's bytes, in hex.
_DIGEST_BYTES = 16
_PREFIX, _SUFFIX = "part-", ".parquet"


class MissingRows(LookupError):  # noqa: N818 - it names the state of the table
    """The table does not hold what was asked for: the materials are to be computed."""


class DamagedPart(MissingRows):
    """A part file is not what was written; it has been dropped, and its materials are to be computed again."""


def write_part(table: BlockTable, rows: PartRows) -> str:
    """Write the rows as one file that is there whole or not at all, and return its path or URI.

    Raises
    ------
    Failed
        The store cannot be written.
    """
    return table.files.address(write_columns(table, rows.to_arrow(table)))


def write_columns(table: BlockTable, content: pa.Table) -> str:
    """Write the columns of a part and return its name relative to the store."""
    sink = pa.BufferOutputStream()
    # Doubles rarely repeat: a dictionary of them costs time and gives nothing.
    pq.write_table(
        content,
        sink,
        compression="zstd",
        use_dictionary=TEXT_COLUMNS,  # pyright: ignore[reportArgumentType] - it takes names too
        row_group_size=ROW_GROUP_ROWS,
    )
    buffer = sink.getvalue()
    name = f"{table.partition}/{_PREFIX}{_digest(buffer)}{_SUFFIX}"
    table.files.write(name, buffer)
    return name


def is_part(name: str) -> bool:
    """Return whether a file is named as a part is.

    Examples
    --------
    >>> is_part("block/version=1/parameters=0a/part-000102030405060708090a0b0c0d0e0f.parquet")
    True
    >>> is_part("block/version=1/parameters=0a/.part-0001.parquet.host.1.part")
    False
    """
    file = PurePosixPath(name).name
    digest = file.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    return file == f"{_PREFIX}{digest}{_SUFFIX}" and len(digest) == 2 * _DIGEST_BYTES


def parts_in_folder(table: BlockTable) -> list[StoredFile]:
    """Return the part files of this version and these parameters, entered or not."""
    return [file for file in table.files.listing(table.partition) if is_part(file.name)]


def read_part(table: BlockTable, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return columns of a part, all if none are named.

    Raises
    ------
    FileNotFoundError
        It is gone.
    DamagedPart
        Its bytes are not those it is named by.
    Failed
        Its columns are not the block's: the block was changed and its version was not.
    """
    buffer = table.files.read(name)
    if not name.endswith(f"{_PREFIX}{_digest(buffer)}{_SUFFIX}"):
        raise DamagedPart(f"{table.files.address(name)} was damaged after it was written")
    file = pq.ParquetFile(pa.BufferReader(buffer))
    wanted = table.part_schema
    if not file.schema_arrow.equals(wanted):
        there = set(file.schema_arrow.names) ^ set(wanted.names)
        raise Failed(
            f"{table.block} version {table.version} in feature store {table.root} has other columns than the "
            f"block installed here ({', '.join(sorted(there)[:4]) or 'another order'}): install the code that "
            "computed it, or raise the block's version"
        )
    return file.read(columns=list(columns) if columns is not None else None)


def _digest(content: pa.Buffer) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
