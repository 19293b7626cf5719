"""One block over some materials: what a Dask worker does in featurization."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.feature_store import BlockTable, PartRows, parameters_digest, write_part
from matsluice.infra.feature_store.part_rows import keys_of
from matsluice.tasks.features.blocks import add_plugins, find_block
from matsluice.tasks.features.in_child import RowsTask
from matsluice.tasks.features.isolated import child_of_this_thread, compute_isolated
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.material.materials import Needs
from matsluice.tasks.material.materials_file import read_materials

if TYPE_CHECKING:
    import pyarrow as pa

# Rows of a chunk, some seconds of work at most: compositions take microseconds, crystals milliseconds, the files of
# an electronic-structure calculation up to seconds.
CHUNK_ROWS: Mapping[Needs, int] = MappingProxyType({"composition": 4096, "structure": 256, "electronic": 8})


def block_table(store: Path | str, name: str) -> BlockTable:
    """Return where the store keeps the values of a block's present version."""
    spec = find_block(name)
    block = spec.make()
    columns = tuple(column.name for column in block.columns())
    # Values looked up in other tables are other values, also where the code is the same.
    parameters = {"tables": block.fingerprint, **spec.values} | ({"code": spec.code} if spec.code else {})
    return BlockTable(store, spec.name, spec.version, parameters_digest(parameters), columns)


def chunk_bounds(materials: int, workers: int, rows_at_most: int = 4096) -> list[tuple[int, int]]:
    """Return (start, stop) of each chunk: at most so many rows, and one for every worker if there are few.

    Examples
    --------
    >>> chunk_bounds(10, workers=2)
    [(0, 5), (5, 10)]
    """
    rows = max(1, min(rows_at_most, -(-materials // workers)))
    return [(start, min(start + rows, materials)) for start in range(0, materials, rows)]


@dataclass(frozen=True, slots=True)
class RowLimits:
    """What one row may cost.

    Attributes
    ----------
    timeout_s
        Seconds.
    memory_bytes
        What it may add to the process that computes it.
    """

    timeout_s: float = 60.0
    memory_bytes: int = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class ChunkCall:
    """Which materials, which block, which store: paths, names and numbers only.

    Attributes
    ----------
    materials
        A snapshot's materials.parquet.
    wanted
        .npy file of `first_wanted`: the rows of `materials` to compute, and which attempt it is.
    start, stop
        The part of `wanted` this call computes.
    block
        A block's word.
    store
        The feature store.
    made_by
        The code that the run relies on.
    limits
        What a row may cost.
    plugins
        Files with further blocks.
    """

    materials: str
    wanted: str
    start: int
    stop: int
    block: str
    store: str
    made_by: MadeBy
    limits: RowLimits = field(default=RowLimits())
    plugins: tuple[PluginFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """What became of a chunk: its rows, and how many of them were refused for which reason."""

    rows: int
    refused: Mapping[str, int]


def featurize_chunk(call: ChunkCall) -> ChunkDone:
    """Compute one block for some materials, leave a part file, and say what became of them.

    Raises
    ------
    Failed
        The block here is of another version, a file of electronic structure has changed, or there is no room.
    """
    add_plugins(call.plugins)
    wanted = np.load(call.wanted, mmap_mode="r")[call.start : call.stop]
    rows, attempts = np.array(wanted[:, 0]), wanted[:, 1].astype(np.int16)
    task = RowsTask(call.materials, rows, call.block, call.made_by, call.limits.memory_bytes, call.plugins)
    computed = compute_isolated(child_of_this_thread(), task, call.limits.timeout_s)
    spec = find_block(call.block)
    needs, key = spec.needs, spec.key_column
    table = read_materials(
        Path(call.materials), rows, (key, *(["electronic"] if needs == "electronic" else []))
    )
    if needs == "electronic":
        # Only now: a file that changes while it is read is found too.
        _check_unchanged(table, key)
    part = PartRows(
        keys=keys_of(table.column(key)),
        values=computed.values,
        undefined=computed.undefined,
        refused=computed.refused,
        seconds=computed.seconds,
        host=platform.node(),
        attempts=attempts,
    )
    write_part(block_table(call.store, call.block), part)
    return ChunkDone(len(rows), Counter(why.reason for why in computed.refused.values()))


def _check_unchanged(table: pa.Table, key: str) -> None:
    from matsluice.tasks.electronic.batch import ElectronicBatch

    documents = ElectronicBatch(tuple(table.column("electronic").to_pylist()))
    documents.check_unchanged(table.column(key).to_pylist())
