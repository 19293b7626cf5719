"""One block over some materials: what a Dask worker does in featurization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from matsluice.infra.feature_store import BlockTable, parameters_digest, write_part
from matsluice.tasks.features.block import Block
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.material import CompositionBatch, parse_formulas

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows of a chunk: blocks of about this size stay in the processor's cache.
CHUNK_ROWS = 4096


def block_table(store: Path, name: str) -> BlockTable:
    """Return where the store keeps the values of a block's present version."""
    spec = find_block(name)
    block = spec.make()
    columns = tuple(column.name for column in block.columns())
    # Values looked up in other tables are other values, also where the code is the same.
    parameters = parameters_digest({"tables": block.fingerprint})
    return BlockTable(store, name, spec.version, parameters, columns)


def chunk_bounds(materials: int, workers: int) -> list[tuple[int, int]]:
    """Return (start, stop) of each chunk: at most `CHUNK_ROWS` rows, and one for every worker if there are few.

    Examples
    --------
    >>> chunk_bounds(10, workers=2)
    [(0, 5), (5, 10)]
    """
    rows = max(1, min(CHUNK_ROWS, -(-materials // workers)))
    return [(start, min(start + rows, materials)) for start in range(0, materials, rows)]


@dataclass(frozen=True, slots=True)
class ChunkCall:
    """Which materials, which block, which store: paths, names and numbers only.

    Attributes
    ----------
    materials
        Parquet file with the columns key and formula.
    places
        .npy file of the rows of `materials` that are to be computed.
    start, stop
        The part of `places` this call computes.
    block
        A block's name.
    store
        Folder of the feature store.
    """

    materials: str
    places: str
    start: int
    stop: int
    block: str
    store: str


def featurize_chunk(call: ChunkCall) -> int:
    """Compute one block for some materials, leave a part file, and return how many materials it holds."""
    places = np.load(call.places, mmap_mode="r")[call.start : call.stop]
    materials = pq.read_table(call.materials, columns=["key", "formula"], memory_map=True).take(places)
    keys: list[str] = materials.column("key").to_pylist()
    batch = parse_formulas(materials.column("formula").to_pylist()).batch
    block = find_block(call.block).make()
    values, undefined, refused = compute_each(block, batch)
    write_part(block_table(Path(call.store), call.block), keys, values, undefined, refused)
    return len(keys)


def compute_each(
    block: Block, batch: CompositionBatch
) -> tuple[NDArray[np.float64], dict[int, str], dict[int, str]]:
    """Return values (n, columns), row → why some are undefined, row → why the block refused it.

    Where the whole batch fails it is halved until the material that fails stands alone.
    """
    try:
        computed = block.compute(batch)
    except Exception as error:  # noqa: BLE001 - whatever a block raises costs that material, not the batch
        if len(batch) == 1:
            nothing = np.full((1, len(block.columns())), np.nan)
            return nothing, {}, {0: f"{type(error).__name__}: {error}"}
        half = len(batch) // 2
        return _joined(
            [
                compute_each(block, part)
                for part in (batch.take(range(half)), batch.take(range(half, len(batch))))
            ]
        )
    return computed.values, dict(computed.undefined), {}


def _joined(
    parts: Sequence[tuple[NDArray[np.float64], dict[int, str], dict[int, str]]],
) -> tuple[NDArray[np.float64], dict[int, str], dict[int, str]]:
    undefined: dict[int, str] = {}
    refused: dict[int, str] = {}
    start = 0
    for values, some_undefined, some_refused in parts:
        undefined |= {start + row: why for row, why in some_undefined.items()}
        refused |= {start + row: why for row, why in some_refused.items()}
        start += len(values)
    return np.concatenate([values for values, _, _ in parts]), undefined, refused
