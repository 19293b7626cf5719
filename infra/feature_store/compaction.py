"""Many small part files made into few large ones; the old files stay until they are pruned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.delta_log import (
    commit_parts,
    committed_parts,
    drop_part,
    enter,
    open_log,
    taking_turns,
)
from matsluice.infra.feature_store.filling import Filled, fill_from
from matsluice.infra.feature_store.log_entries import add_action, remove_action
from matsluice.infra.feature_store.part_rows import PartRows, keys_of
from matsluice.infra.feature_store.parts import DamagedPart, parts_in_folder, read_part, write_columns
from matsluice.infra.interruption import check_stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A part of this size is read in a second and leaves room for others; below half of it, it is merged.
LARGE_BYTES = 64 << 20
# Memory for the values that are merged at a time.
WINDOW_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Compacted:
    """What became of a table's files.

    Attributes
    ----------
    before, after
        Parts in the log.
    dropped
        Rows that had lost to others: computed twice, or retried.
    damaged
        Parts that were not what had been written; their materials are computed again by the next run.
    """

    before: int
    after: int
    dropped: int
    damaged: int


def compact(table: BlockTable) -> Compacted:
    """Merge a table's small parts, in one commit.

    Nothing is lost by a crash at any point, and a run at the same time is not disturbed: new files are
    written under new names, the commit takes the old ones out of the log, and `prune` deletes them later.

    Raises
    ------
    DamagedPart
        A file was damaged while it was being merged.
    """
    commit_parts(table)
    names = committed_parts(table)
    keys: dict[str, NDArray[np.bytes_]] = {}
    damaged = 0
    for name in names:
        check_stop()
        try:
            keys[name] = keys_of(read_part(table, name, ["key"]).column("key"))
        except (DamagedPart, FileNotFoundError):
            drop_part(table, name)
            damaged += 1
    chosen = _to_merge(table, keys)
    if not chosen:
        return Compacted(len(names), len(names) - damaged, 0, damaged)
    different = np.unique(np.concatenate([keys[name] for name in chosen]))
    dropped = sum(len(keys[name]) for name in chosen) - len(different)
    written = list(_merged(table, chosen, different))
    taking_turns(table, lambda: _exchange(table, chosen, written))
    return Compacted(len(names), len(committed_parts(table)), dropped, damaged)


def _to_merge(table: BlockTable, keys: dict[str, NDArray[np.bytes_]]) -> list[str]:
    """Return the small parts, and large ones that hold a key a second time; none if that leaves one as it is."""
    sizes = {file.name: file.size for file in parts_in_folder(table)}
    chosen = [name for name in keys if sizes.get(name, 0) < LARGE_BYTES // 2]
    taken = np.unique(np.concatenate([keys[name] for name in chosen])) if chosen else np.empty(0, "S32")
    for name, some in keys.items():
        if name not in chosen and np.isin(some, taken).any():
            chosen.append(name)
            taken = np.union1d(taken, some)
    # One part with no key twice is merged already.
    return chosen if sum(len(keys[name]) for name in chosen) > len(taken) or len(chosen) > 1 else []


def _merged(
    table: BlockTable, chosen: Sequence[str], different: NDArray[np.bytes_]
) -> Iterator[tuple[str, int]]:
    """Write the rows that count, and give name and rows of each new part."""
    row_bytes = 8 * (len(table.columns) + 8)
    rows_each = max(1, LARGE_BYTES // row_bytes)
    window = rows_each * max(1, WINDOW_BYTES // LARGE_BYTES)
    for start in range(0, len(different), window):
        keys = different[start : start + window]
        values = np.empty((len(keys), len(table.columns)))
        filled = fill_from(_each(table, chosen), table, keys, values)
        for first in range(0, len(keys), rows_each):
            stop = min(first + rows_each, len(keys))
            yield write_columns(table, _columns(table, keys, values, filled, first, stop)), stop - first


def _each(table: BlockTable, names: Sequence[str]) -> Iterator[pa.Table]:
    for name in names:
        check_stop()
        yield read_part(table, name)


def _columns(
    table: BlockTable,
    keys: NDArray[np.bytes_],
    values: NDArray[np.float64],
    filled: Filled,
    first: int,
    stop: int,
) -> pa.Table:
    here = slice(first, stop)
    undefined = {row - first: why for row, why in filled.undefined.items() if first <= row < stop}
    refused = {row - first: why for row, why in filled.refused.items() if first <= row < stop}
    rows = PartRows(
        keys[here], values[here], undefined, refused, filled.seconds[here], "", filled.attempts[here]
    )
    content = rows.to_arrow(table)
    hosts = pa.array(filled.hosts, pa.string()).take(pa.array(filled.host[here]))
    at = content.schema.get_field_index("host")
    return content.set_column(at, content.schema.field(at), hosts)


def _exchange(table: BlockTable, chosen: Sequence[str], written: Sequence[tuple[str, int]]) -> None:
    """Enter the new parts and take the old ones out; what another process took out meanwhile is no matter."""
    log = open_log(table)
    if log is None:
        return
    sizes = {file.name: file.size for file in parts_in_folder(table)}
    new = {name for name, _ in written}
    active = set(committed_parts(table))
    come = [add_action(table, name, sizes[name], rows) for name, rows in written]
    go = [remove_action(table, name) for name in chosen if name in active and name not in new]
    enter(log, [*go, *come], table.part_schema)
