"""Reading a table's parts: each checked against its name, some ahead, and compacted under us or not."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.delta_log import committed_parts, drop_part
from matsluice.infra.feature_store.parts import DamagedPart, read_part

log_of_events = logging.getLogger(__name__)

# While one part is used the next are read: that hides a bucket's latency, and costs their size in memory.
READ_AHEAD = 2


def whole_parts(
    table: BlockTable, columns: Sequence[str] | None = None, *, strict: bool = False
) -> Iterator[pa.Table]:
    """Give the parts of a table one after another.

    A part that another process has compacted away meanwhile is found again in what it became. One that is
    damaged, or was deleted, is dropped from folder and log with a line in the log of events.

    Parameters
    ----------
    table
        The block's table.
    columns
        Which columns; all if not given.
    strict
        Raise `DamagedPart` at the end where a part was dropped.
    """
    read: set[str] = set()
    dropped: list[str] = []
    while names := [name for name in committed_parts(table) if name not in read]:
        read.update(names)
        for name, part in _read_ahead(table, names, columns):
            if isinstance(part, pa.Table):
                yield part
            # What was compacted away was deleted on purpose, and its rows stand in another part.
            elif isinstance(part, DamagedPart) or name in committed_parts(table):
                log_of_events.warning("%s: dropped, its materials are computed again", part)
                drop_part(table, name)
                dropped.append(name)
    if dropped and strict:
        raise DamagedPart(
            f"{len(dropped)} part files of {table.address} were damaged after they were written and are "
            "dropped: run the same command again, which computes their materials again"
        )


def _read_ahead(
    table: BlockTable, names: Sequence[str], columns: Sequence[str] | None
) -> Iterator[tuple[str, pa.Table | DamagedPart | FileNotFoundError]]:
    with ThreadPoolExecutor(READ_AHEAD, thread_name_prefix="parts") as readers:
        waiting: deque[tuple[str, Future[pa.Table]]] = deque()
        for name in names:
            waiting.append((name, readers.submit(read_part, table, name, columns)))
            if len(waiting) > READ_AHEAD:
                yield _outcome(table, *waiting.popleft())
        while waiting:
            yield _outcome(table, *waiting.popleft())


def _outcome(
    table: BlockTable, name: str, reading: Future[pa.Table]
) -> tuple[str, pa.Table | DamagedPart | FileNotFoundError]:
    try:
        return name, reading.result()
    except DamagedPart as damage:
        return name, damage
    except FileNotFoundError:
        return name, FileNotFoundError(f"{table.files.address(name)} is gone")
