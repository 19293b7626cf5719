"""The part file a chunk leaves in the store."""

from __future__ import annotations

import platform
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.feature_store import BlockTable, PartRows, parameters_digest, write_part
from matsluice.infra.feature_store.part_rows import keys_of
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.tasks.features.chunk_call import ChunkCall, ChunkDone
from matsluice.tasks.features.each import BlockRows
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.material.materials_file import read_materials

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

EXAMPLES = 20  # refusals of a chunk that its line in the log tells of; the store has them all


def block_table(store: Path | str, name: str) -> BlockTable:
    """Return where the store keeps the values of a block's present version."""
    spec = find_block(name)
    block = spec.make()
    columns = tuple(column.name for column in block.columns())
    # Values looked up in other tables are other values, also where the code is the same.
    parameters = {"tables": block.fingerprint, **spec.values} | ({"code": spec.code} if spec.code else {})
    return BlockTable(store, spec.name, spec.version, parameters_digest(parameters), columns)


def rows_of(call: ChunkCall) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Return the rows of the materials that a call is about, and which attempt at each it is."""
    wanted = mapped_array(call.wanted)[call.start : call.stop]
    return np.array(wanted[:, 0]), wanted[:, 1].astype(np.int16)


def write_chunk_part(
    call: ChunkCall, rows: NDArray[np.int64], attempts: NDArray[np.int16], computed: BlockRows
) -> ChunkDone:
    """Write what was computed of a chunk, and say what became of its rows.

    Raises
    ------
    Failed
        A file of electronic structure has changed since it was frozen.
    """
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
    keys = table.column(key)
    examples = tuple(
        (str(keys[row]), why.reason, why.detail) for row, why in islice(computed.refused.items(), EXAMPLES)
    )
    return ChunkDone(len(rows), Counter(why.reason for why in computed.refused.values()), examples)


def _check_unchanged(table: pa.Table, key: str) -> None:
    from matsluice.tasks.electronic.batch import ElectronicBatch

    documents = ElectronicBatch(tuple(table.column("electronic").to_pylist()))
    documents.check_unchanged(table.column(key).to_pylist())
