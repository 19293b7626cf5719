"""What a worker's killable child does: hold some materials and a block, and compute rows as it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.isolation.memory_limit import at_most_more
from matsluice.tasks.features.block import Block
from matsluice.tasks.features.chunk_call import ChunkCall, ChunkDone
from matsluice.tasks.features.chunk_part import rows_of, write_chunk_part
from matsluice.tasks.features.each import BlockRows, compute_each
from matsluice.tasks.features.known_blocks import add_plugins, find_block
from matsluice.tasks.features.made_by import MadeBy, check_code
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.material.materials_columns import VALUE_COLUMNS, materials_of
from matsluice.tasks.material.materials_file import read_materials

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.materials import Batch


@dataclass(frozen=True, slots=True, eq=False)
class RowsTask:
    """Some rows of a file of materials, and one block.

    Attributes
    ----------
    materials
        A Parquet file with the columns of `materials_table`.
    rows : (n,) int64
        Rows of the file, increasing.
    block
        The block's word.
    made_by
        The code that the run relies on; another one here is not used.
    row_memory_bytes
        What computing a row may add to the process.
    plugins
        Files with further blocks.
    """

    materials: str
    rows: NDArray[np.int64]
    block: str
    made_by: MadeBy
    row_memory_bytes: int
    plugins: tuple[PluginFile, ...] = field(default=())


@dataclass(slots=True)
class _Held:
    """What the child has at hand."""

    block: Block
    batch: Batch
    row_memory_bytes: int


# The child answers one caller, one call after the other.
_held: list[_Held] = []
_tried_out: set[MadeBy] = set()


def prepare(task: RowsTask, try_out: bool) -> None:
    """Read the materials and make the block.

    Parameters
    ----------
    task
        What will be asked for.
    try_out
        Whether to compute a known material first: kernels are compiled or loaded then, which is no row's fault.

    Raises
    ------
    Failed
        The code here is another than the run's.
    """
    _held.clear()
    add_plugins(task.plugins)
    spec = find_block(task.block)
    check_code(task.made_by, spec)
    block = spec.make()
    if try_out and task.made_by not in _tried_out:
        _try_out(block, spec.needs)
        _tried_out.add(task.made_by)
    table = read_materials(Path(task.materials), task.rows, VALUE_COLUMNS[spec.needs])
    materials = materials_of(table, (spec.needs,))
    assert materials is not None
    _held.append(_Held(block, materials.seen_by(spec.needs), task.row_memory_bytes))


def compute(start: int, stop: int) -> BlockRows:
    """Return the block's values of the rows `start` to `stop` of the task."""
    (held,) = _held
    batch = held.batch.take(range(start, stop))
    with at_most_more(held.row_memory_bytes):
        return compute_each(held.block, batch)


def compute_chunk(call: ChunkCall) -> ChunkDone:
    """Compute a whole chunk and write its part: for chunks that are known to be quick."""
    rows, attempts = rows_of(call)
    task = RowsTask(call.materials, rows, call.block, call.made_by, call.limits.memory_bytes, call.plugins)
    prepare(task, False)
    return write_chunk_part(call, rows, attempts, compute(0, len(rows)))


def _try_out(block: Block, needs: str) -> None:
    from matsluice.tasks.material import crystals_from_cells

    if needs == "electronic":
        return
    cell = ([[4.12, 0.0, 0.0], [0.0, 4.12, 0.0], [0.0, 0.0, 4.12]], [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    crystals = crystals_from_cells([cell]).batch
    compute_each(block, crystals if needs == "structure" else crystals.compositions())
