"""One block over some materials: what a Dask worker does in featurization."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from matsluice.infra.isolation import KillableProcess, Lost, RaisedInChild
from matsluice.tasks.features.block_spec import BlockSpec
from matsluice.tasks.features.chunk_call import ChunkCall, ChunkDone
from matsluice.tasks.features.chunk_part import rows_of, write_chunk_part
from matsluice.tasks.features.in_child import RowsTask, compute_chunk
from matsluice.tasks.features.isolated import child_of_this_thread, compute_isolated
from matsluice.tasks.features.known_blocks import MATMINER_PREFIX, add_plugins
from matsluice.tasks.material.materials import Needs

# Rows of a chunk, some seconds of work at most: compositions take microseconds, crystals milliseconds, the files of
# an electronic-structure calculation up to seconds.
CHUNK_ROWS: Mapping[Needs, int] = MappingProxyType({"composition": 4096, "structure": 256, "electronic": 8})
# Rows of a chunk where a compiled kernel computes compositions: a tenth of a second, most of it for writing, beside
# which the few milliseconds that any chunk costs are few.
COMPILED_CHUNK_ROWS: Final = 16384

# Seconds that a chunk may be expected to take, as a share of what one row may, to be asked for as a whole.
QUICK_SHARE: Final = 0.1

_of_thread = threading.local()


def rows_of_a_chunk(spec: BlockSpec) -> int:
    """Return how many rows of a block a chunk has at most, where the campaign does not say.

    Examples
    --------
    >>> from matsluice.tasks.features import find_block
    >>> [rows_of_a_chunk(find_block(name)) for name in ("composition.magpie", "matminer.Meredig")]
    [16384, 4096]
    """
    compiled = spec.needs == "composition" and not spec.code and not spec.name.startswith(MATMINER_PREFIX)
    return COMPILED_CHUNK_ROWS if compiled else CHUNK_ROWS[spec.needs]


def chunk_bounds(materials: int, workers: int, rows_at_most: int = 4096) -> list[tuple[int, int]]:
    """Return (start, stop) of each chunk: at most so many rows, and one for every worker if there are few.

    Examples
    --------
    >>> chunk_bounds(10, workers=2)
    [(0, 5), (5, 10)]
    """
    rows = max(1, min(rows_at_most, -(-materials // workers)))
    return [(start, min(start + rows, materials)) for start in range(0, materials, rows)]


def featurize_chunk(call: ChunkCall) -> ChunkDone:
    """Compute one block for some materials, leave a part file, and say what became of them.

    A chunk that is known to be quick is computed and written by the child in one go. Where that is lost, or where
    nothing is known of the block yet, its rows are asked for in groups, and those of a lost group one by one.

    Raises
    ------
    Failed
        The block here is of another version, a file of electronic structure has changed, or there is no room.
    """
    add_plugins(call.plugins)
    child = child_of_this_thread()
    began = time.monotonic()
    done = _as_a_whole(child, call) if _is_quick(call) else None
    if done is None:
        rows, attempts = rows_of(call)
        task = RowsTask(
            call.materials, rows, call.block, call.made_by, call.limits.memory_bytes, call.plugins
        )
        done = write_chunk_part(call, rows, attempts, compute_isolated(child, task, call.limits.timeout_s))
    _pace()[call.block] = (time.monotonic() - began) / max(1, done.rows)
    return done


def _is_quick(call: ChunkCall) -> bool:
    """Return whether the block's last chunk in this thread says that this one will be done soon."""
    seconds_per_row = _pace().get(call.block)
    expected = None if seconds_per_row is None else seconds_per_row * (call.stop - call.start)
    return expected is not None and expected < QUICK_SHARE * call.limits.timeout_s


def _pace() -> dict[str, float]:
    if not hasattr(_of_thread, "pace"):
        _of_thread.pace = {}
    pace: dict[str, float] = _of_thread.pace
    return pace


def _as_a_whole(child: KillableProcess, call: ChunkCall) -> ChunkDone | None:
    try:
        return child.call(compute_chunk, call, timeout_s=call.limits.timeout_s)
    except Lost:
        return None
    except RaisedInChild as raised:
        # What a row raises is told in the part; this is about the chunk: a disk, a version, a file that changed.
        raise (raised.error or raised) from None
