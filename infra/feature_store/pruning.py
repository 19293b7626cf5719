"""Deleting what nothing refers to any more: merged parts, what killed writers left, versions nobody computes."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.claims import FOLDER
from matsluice.infra.feature_store.delta_log import (
    committed_parts,
    enter,
    log_columns,
    open_log,
    taking_turns,
    tombstones,
)
from matsluice.infra.feature_store.log_entries import remove_action
from matsluice.infra.feature_store.store_files import StoredFile, files_of
from matsluice.infra.workspace.atomic_files import TEMPORARY, host_word
from matsluice.infra.workspace.file_lock import is_held
from matsluice.infra.workspace.heartbeat_lock import process_runs

# A writer holds its temporary file for seconds.
LEFT_BEHIND_S = 86_400.0
# A process of this machine that is gone writes no more; the pause is for one that was started a moment ago.
SETTLED_S = 60.0
_PASSING = re.compile(r"\.(link|clock)\.")


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted.

    Attributes
    ----------
    merged
        Files that compaction or an earlier prune had taken out of the log.
    left_behind
        Temporary files of killed writers, ended claims, logs that were set aside.
    size
        Bytes, together.
    """

    merged: int
    left_behind: int
    size: int


def prune(root: Path | str, tables: list[BlockTable], older_than_s: float) -> Pruned:
    """Delete files of a store that nothing refers to.

    Parameters
    ----------
    root
        The store.
    tables
        One of each block whose files may be deleted: none on which a run has a claim.
    older_than_s
        How long a file has been out of the log before it is deleted: a reader that began before may still
        read it.
    """
    files = files_of(root)
    merged = left = size = 0
    for table in {each.block: each for each in tables}.values():
        log = open_log(table)
        gone = set() if log is None else set(tombstones(table, log, older_than_s / 3600))
        for file in files.listing(table.block):
            is_merged = file.name in gone
            if is_merged or _is_left_behind(files.kernel_locks, file, older_than_s):
                files.delete(file.name)
                merged, left, size = merged + is_merged, left + (not is_merged), size + file.size
    return Pruned(merged, left, size)


def _is_left_behind(root: Path | None, file: StoredFile, older_than_s: float) -> bool:
    path = PurePosixPath(file.name)
    age = time.time() - file.modified
    if ".broken-" in file.name and any(part.startswith("_delta_log.broken-") for part in path.parts):
        return age > older_than_s
    if _PASSING.match(path.name):
        return age > LEFT_BEHIND_S
    if root is not None and path.parent.name == FOLDER and path.suffix == ".keys":
        return not is_held(root / file.name)
    temporary = TEMPORARY.match(path.name)
    if temporary is None:
        return False
    is_here = temporary["host"] == host_word()
    return age > LEFT_BEHIND_S or (is_here and age > SETTLED_S and not process_runs(int(temporary["pid"])))


def take_out(table: BlockTable) -> int:
    """Take a whole version out of the log and return how many parts it had; `prune` deletes them later."""

    def commit() -> int:
        log = open_log(table)
        names = committed_parts(table)
        if log is not None:
            enter(log, [remove_action(table, name) for name in names], log_columns(log))
        return len(names)

    return taking_turns(table, commit)
