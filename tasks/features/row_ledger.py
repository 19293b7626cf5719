"""The ledger: for every row × block, whether it was computed, reused or rejected, why, at what cost and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.ingest.snapshot import Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.infra.feature_store import Filled

_WORD: Final = pa.dictionary(pa.int32(), pa.string())
# One line a material, one row group a block.
COSTS_SCHEMA: Final = pa.schema(
    [
        ("block", _WORD),
        ("reason", _WORD),
        ("detail", pa.string()),
        ("seconds", pa.float32()),
        ("host", _WORD),
        ("attempt", pa.int16()),
    ]
)
SCHEMA: Final = pa.schema(
    [
        ("id", pa.string()),
        ("block", _WORD),
        ("outcome", _WORD),
        ("stage", _WORD),
        ("reason", _WORD),
        ("detail", pa.string()),
        ("seconds", pa.float32()),
        ("host", _WORD),
        ("attempt", pa.int16()),
    ]
)
OUTCOMES: Final = ("computed", "reused", "rejected")


def block_costs(block: str, filled: Filled) -> pa.Table:
    """Return what a block's values of n materials cost, and why some were refused: n lines."""
    n = len(filled.seconds)
    columns: list[Any] = [
        _words(np.zeros(n, np.int32), [block]),
        _sparse({place: why.reason for place, why in filled.refused.items()}, n, _WORD),
        _sparse({place: why.detail for place, why in filled.refused.items()}, n, pa.string()),
        filled.seconds,
        _words(filled.host.astype(np.int32), filled.hosts),
        filled.attempts,
    ]
    return pa.table(columns, schema=COSTS_SCHEMA)


def write_ledger(
    snapshot: Snapshot, costs_file: Path, computed: Mapping[str, NDArray[np.int64]], path: Path
) -> None:
    """Write ledger.parquet.

    A row that has no material was rejected when it was read, and stands there once, without a block.

    Parameters
    ----------
    snapshot
        The frozen rows.
    costs_file
        Parquet, a row group of `block_costs` for each block.
    computed
        Block → materials that this run computed.
    path
        File to write.
    """
    with written_whole(path) as temporary, pq.ParquetWriter(temporary, SCHEMA, compression="zstd") as writer:
        for rows in _row_batches(snapshot):
            refused = rows.filter(pa.array(rows.column("material").to_numpy() < 0))
            if refused.num_rows:
                writer.write_table(_unreadable(refused))
        for costs in _by_block(costs_file):
            block = costs.column("block")[0].as_py()
            new = np.zeros(snapshot.unique_materials, dtype=bool)
            new[computed[block]] = True
            for rows in _row_batches(snapshot):
                readable = rows.filter(pa.array(rows.column("material").to_numpy() >= 0))
                places = readable.column("material").to_numpy()
                writer.write_table(_lines(readable, costs.take(pa.array(places)), new[places]))


def _row_batches(snapshot: Snapshot) -> Iterator[pa.Table]:
    with pq.ParquetFile(snapshot.rows_file) as file:
        for batch in file.iter_batches(columns=["id", "material", "reason", "detail"]):
            yield pa.Table.from_batches([batch])


def _sparse(texts: Mapping[int, str], n: int, kind: pa.DataType) -> pa.Array:
    # The list that a million rows would make costs more than what it says of a few.
    return pa.array([texts.get(row) for row in range(n)], kind) if texts else pa.nulls(n, kind)


def _by_block(costs_file: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(costs_file) as file:
        for group in range(file.num_row_groups):
            costs = file.read_row_group(group)
            if costs.num_rows:
                yield costs


def _unreadable(rows: pa.Table) -> pa.Table:
    n = rows.num_rows
    columns: list[Any] = [
        rows.column("id"),
        pa.nulls(n, _WORD),
        _words(np.full(n, 2, np.int32), OUTCOMES),
        _words(np.zeros(n, np.int32), ["ingest"]),
        rows.column("reason").cast(_WORD),
        rows.column("detail"),
        *(pa.nulls(n, SCHEMA.field(name).type) for name in ("seconds", "host", "attempt")),
    ]
    return pa.table(columns, schema=SCHEMA)


def _lines(rows: pa.Table, costs: pa.Table, new: NDArray[np.bool_]) -> pa.Table:
    outcome = np.where(new, 0, 1).astype(np.int32)
    outcome[costs.column("reason").is_valid().to_numpy()] = 2
    columns: list[Any] = [
        rows.column("id"),
        costs.column("block"),
        _words(outcome, OUTCOMES),
        _words(np.zeros(len(new), np.int32), ["featurize"]),
        *(costs.column(name) for name in ("reason", "detail", "seconds", "host", "attempt")),
    ]
    return pa.table(columns, schema=SCHEMA)


def _words(indices: NDArray[np.int32], words: Any) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(list(words), pa.string()))
