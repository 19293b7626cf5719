"""The ledger: for every row × block, whether it was computed, reused or rejected, why, at what cost and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.infra.workspace.row_batches import row_batches
from matsluice.infra.workspace.scratch_arrays import STEP_ROWS
from matsluice.tasks.ingest.snapshot import Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD: Final = pa.dictionary(pa.int32(), pa.string())
# What a block's values of a material cost, and which of the block's hosts computed them.
COST: Final = np.dtype([("seconds", np.float32), ("host", np.int16), ("attempt", np.int16)])
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


@dataclass(frozen=True, slots=True)
class Costs:
    """What every material cost, block by block.

    Attributes
    ----------
    file
        .npy, (blocks, materials), `COST`.
    hosts
        Name and hosts of each block, in the order of the file.
    """

    file: Path
    hosts: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class _BlockLines:
    """Makes a block's lines: costs (materials,), and the refused materials (r,), which ascend, with why."""

    block: str
    hosts: tuple[str, ...]
    costs: NDArray[Any]
    refused: NDArray[np.int64]
    reasons: pa.DictionaryArray
    details: pa.Array

    @classmethod
    def of(cls, block: str, hosts: tuple[str, ...], costs: NDArray[Any], refusals: pa.Table) -> _BlockLines:
        mine = refusals.filter(pc.call_function("equal", [refusals.column("block"), pa.scalar(block)]))
        mine = mine.combine_chunks()
        return cls(
            block,
            hosts,
            costs,
            mine.column("material").to_numpy(),
            pa.array(mine.column("reason").to_pylist(), _WORD),
            pa.array(mine.column("detail").to_pylist(), pa.string()),
        )

    def lines(self, rows: pa.Table, new: NDArray[np.bool_]) -> pa.Table:
        """Return the lines of some rows that have a material, of which `new` (materials,) were computed now."""
        materials = rows.column("material").to_numpy()
        at = np.searchsorted(self.refused, materials)
        is_refused = np.zeros(len(at), dtype=bool)
        inside = at < len(self.refused)
        is_refused[inside] = self.refused[at[inside]] == materials[inside]
        outcome = np.where(new[materials], 0, 1).astype(np.int32)
        outcome[is_refused] = 2
        refusal, cost = pa.array(at, mask=~is_refused), self.costs[materials]
        columns: list[Any] = [
            rows.column("id"),
            _words(np.zeros(len(at), np.int32), [self.block]),
            _words(outcome, OUTCOMES),
            _words(np.zeros(len(at), np.int32), ["featurize"]),
            self.reasons.take(refusal),
            self.details.take(refusal),
            np.ascontiguousarray(cost["seconds"]),
            _words(cost["host"].astype(np.int32), self.hosts),
            np.ascontiguousarray(cost["attempt"]),
        ]
        return pa.table(columns, schema=SCHEMA)


def write_ledger(
    snapshot: Snapshot,
    costs: Costs,
    refused_file: Path,
    computed: Mapping[str, NDArray[np.int64]],
    path: Path,
) -> None:
    """Write ledger.parquet, some rows in memory at a time.

    A row that has no material was rejected when it was read, and stands there once, without a block.

    Parameters
    ----------
    snapshot
        The frozen rows.
    costs
        What every material cost.
    refused_file
        Parquet: material, block, reason, detail; materials ascend within a block.
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
        if not snapshot.unique_materials:
            return
        refusals = pq.read_table(refused_file)
        for (block, hosts), cost in zip(costs.hosts, mapped_array(costs.file), strict=True):
            block_lines = _BlockLines.of(block, hosts, cost, refusals)
            new = chosen(computed[block], snapshot.unique_materials)
            for rows in _row_batches(snapshot):
                readable = rows.filter(pa.array(rows.column("material").to_numpy() >= 0))
                writer.write_table(block_lines.lines(readable, new))


def chosen(places: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    """Return for each of n places whether it is among these.

    Examples
    --------
    >>> chosen(np.array([2, 0]), 3).tolist()
    [True, False, True]
    """
    marks = np.zeros(n, dtype=bool)
    for start in range(0, len(places), STEP_ROWS):
        marks[places[start : start + STEP_ROWS]] = True
    return marks


def _row_batches(snapshot: Snapshot) -> Iterator[pa.Table]:
    return row_batches(snapshot.rows_file, ["id", "material", "reason", "detail"])


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


def _words(indices: NDArray[np.int32], words: Any) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(list(words), pa.string()))
