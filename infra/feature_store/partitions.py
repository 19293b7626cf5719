"""What a store holds: blocks, their versions and parameters, rows, refusals, files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.delta_log import committed_parts, open_log, tombstones
from matsluice.infra.feature_store.log_entries import partition_values
from matsluice.infra.feature_store.part_rows import keys_of
from matsluice.infra.feature_store.parts import is_part, parts_in_folder
from matsluice.infra.feature_store.reading import whole_parts
from matsluice.infra.feature_store.store_files import StoreFiles, files_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Contents:
    """What one version of one block holds.

    Attributes
    ----------
    computed
        Materials with values.
    refused
        Reason → materials that have none for it.
    rows
        Rows in the files: more than materials where some were computed twice or retried.
    parts, size
        Files in the log, and their bytes.
    waiting
        Files that a killed run left and the next one enters.
    merged
        Files that were taken out of the log and are deleted by `prune`.
    """

    computed: int
    refused: Mapping[str, int]
    rows: int
    parts: int
    size: int
    waiting: int
    merged: int


def partitions(root: Path | str) -> list[BlockTable]:
    """Return a table for every block, version and parameters in a store, in order of names."""
    files = files_of(root)
    parts: dict[tuple[str, int, str], list[str]] = {}
    for file in files.listing(""):
        values = partition_values(file.name)
        if is_part(file.name) and set(values) == {"version", "parameters"}:
            block = file.name.partition("/")[0]
            where = (block, int(values["version"] or 0), str(values["parameters"]))
            parts.setdefault(where, []).append(file.name)
    tables = []
    for (block, version, parameters), names in sorted(parts.items()):
        # Any part says what the columns are; one that cannot be read is passed over.
        columns = next((found for name in names if (found := _columns(files, name))), ())
        tables.append(BlockTable(root, block, version, parameters, columns))
    return tables


def _columns(files: StoreFiles, name: str) -> tuple[str, ...]:
    try:
        with files.open(name) as opened:
            names = pq.read_schema(opened).names
    except (pa.ArrowInvalid, FileNotFoundError):
        return ()
    return tuple(names[1 : names.index("undefined")]) if "undefined" in names else ()


def contents(table: BlockTable) -> Contents:
    """Return what a table holds; every part is read whole and checked."""
    names = set(committed_parts(table))
    log = open_log(table)
    gone = set() if log is None else set(tombstones(table, log)) - names
    sizes = {file.name: file.size for file in parts_in_folder(table)}
    with_values: list[NDArray[np.bytes_]] = []
    without: list[tuple[int, bytes, str]] = []
    rows = 0
    for part in whole_parts(table, ["key", "refused", "attempt"]):
        keys = keys_of(part.column("key"))
        is_refused = part.column("refused").is_valid().to_numpy()
        rows += len(keys)
        with_values.append(keys[~is_refused])
        if is_refused.any():
            reasons = part.column("refused").to_numpy()[is_refused]
            attempts = part.column("attempt").to_numpy()[is_refused]
            without += zip(attempts.tolist(), keys[is_refused].tolist(), reasons.tolist(), strict=True)
    computed = np.unique(np.concatenate(with_values)) if with_values else np.empty(0, "S32")
    # The latest attempt of each comes last and stays.
    latest = {key: reason for _, key, reason in sorted(without)}
    left = set(latest) - set(computed[np.isin(computed, np.array(list(latest), "S32"))].tolist())
    return Contents(
        computed=len(computed),
        refused=dict(Counter(latest[key] for key in left).most_common()),
        rows=rows,
        parts=len(names),
        size=sum(size for name, size in sizes.items() if name in names),
        waiting=len(set(sizes) - names - gone),
        merged=len(set(sizes) & gone),
    )
