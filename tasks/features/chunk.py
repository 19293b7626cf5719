"""One block over some materials: what a Dask worker does in featurization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.feature_store import BlockTable, parameters_digest, write_part
from matsluice.tasks.features.block import Block
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.material.materials import Needs
from matsluice.tasks.material.materials_columns import VALUE_COLUMNS, materials_of
from matsluice.tasks.material.materials_file import read_materials

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.materials import Batch

# Rows of a chunk, some seconds of work at most: compositions take microseconds, crystals milliseconds, the files of
# an electronic-structure calculation up to seconds.
CHUNK_ROWS: Mapping[Needs, int] = MappingProxyType({"composition": 4096, "structure": 256, "electronic": 8})


def block_table(store: Path, name: str) -> BlockTable:
    """Return where the store keeps the values of a block's present version."""
    spec = find_block(name)
    block = spec.make()
    columns = tuple(column.name for column in block.columns())
    # Values looked up in other tables are other values, also where the code is the same.
    parameters = parameters_digest({"tables": block.fingerprint, **spec.values})
    return BlockTable(store, spec.name, spec.version, parameters, columns)


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
class ChunkCall:
    """Which materials, which block, which store: paths, names and numbers only.

    Attributes
    ----------
    materials
        A snapshot's materials.parquet.
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
    spec = find_block(call.block)
    table = read_materials(Path(call.materials), places, (spec.key_column, *VALUE_COLUMNS[spec.needs]))
    keys: list[str] = table.column(spec.key_column).to_pylist()
    materials = materials_of(table, (spec.needs,))
    assert materials is not None
    values, undefined, refused = compute_each(spec.make(), materials.seen_by(spec.needs))
    if materials.electronic is not None:
        # Only now: a file that changes while it is read is found too.
        materials.electronic.check_unchanged(keys)
    write_part(block_table(Path(call.store), call.block), keys, values, undefined, refused)
    return len(keys)


def compute_each(block: Block, batch: Batch) -> tuple[NDArray[np.float64], dict[int, str], dict[int, str]]:
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
