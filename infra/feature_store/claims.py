"""Two runs that share a store: each says which materials it is about to compute, and leaves those to it."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from matsluice.infra.feature_store.block_table import KEY_DTYPE, BlockTable
from matsluice.infra.feature_store.wanted_keys import Wanted
from matsluice.infra.interruption import check_stop
from matsluice.infra.workspace.file_lock import has_locks, held, is_held
from matsluice.infra.workspace.scratch_arrays import STEP_ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

log_of_events = logging.getLogger(__name__)

# A folder whose name begins so is no part of the table to Delta's readers.
FOLDER = "_claims"
LOOK_UP_S = 0.5


@dataclass(frozen=True, slots=True)
class Claim:
    """What a run may compute now.

    Attributes
    ----------
    free
        (n,), whether each of the keys asked for is left to this run.
    others
        The claims of other live runs that hold the rest.
    """

    free: NDArray[np.bool_]
    others: tuple[Path, ...]


@contextmanager
def claiming(table: BlockTable, keys: NDArray[np.bytes_], scratch: Path | None = None) -> Iterator[Claim]:
    """Claim those of the keys (n,) that no live run has claimed, for the length of the block.

    What is as long as the keys, where other runs are there to be compared with, stands in files in `scratch`.

    The claim is a file that the kernel locks for this process, so that a dead run's counts for nothing. A
    run never waits while it holds a claim, so no two wait for each other. In a bucket, or on a file system
    without locks, everything is free: two runs may compute a row twice, which is harmless.
    """
    folder = claims_folder(table)
    if folder is None or not len(keys):
        yield Claim(np.ones(len(keys), dtype=bool), ())
        return
    mine = folder / f"{_stem(table)}.{socket.gethostname()}.{os.getpid()}.{uuid4().hex[:8]}.keys"
    with held(folder / ".lock", wait=True):
        free, others = _left_over(table, folder, keys, scratch)
        file = mine.open("wb")
        # Not through `held`, which signs its file: this one's content is the keys.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for start in range(0, len(keys), STEP_ROWS):
            some = keys[start : start + STEP_ROWS]
            file.write(some[free[start : start + STEP_ROWS]].tobytes())
        file.flush()
    try:
        yield Claim(free, others)
    finally:
        mine.unlink(missing_ok=True)
        file.close()


def _left_over(
    table: BlockTable, folder: Path, keys: NDArray[np.bytes_], scratch: Path | None
) -> tuple[NDArray[np.bool_], tuple[Path, ...]]:
    free = np.ones(len(keys), dtype=bool)
    others = []
    wanted: Wanted | None = None
    for path in folder.glob(f"{_stem(table)}.*.keys"):
        if not is_held(path):
            path.unlink(missing_ok=True)
            continue
        wanted = wanted or Wanted.of(keys, scratch)
        taken = 0
        with path.open("rb") as file:
            while len(some := np.fromfile(file, KEY_DTYPE, STEP_ROWS)):
                places = wanted.match(some)[1]
                free[places] = False
                taken += len(places)
        if taken:
            others.append(path)
    return free, tuple(others)


def wait_for_any(table: BlockTable, others: Sequence[Path]) -> None:
    """Return when one of the claims of other runs has ended.

    Raises
    ------
    Interrupted
        A stop was asked for.
    """
    if others:
        processes = ", ".join(path.name.split(".")[-3] for path in others)
        log_of_events.warning(
            "%s: the rest is being computed by another run (process %s), which is waited for",
            table.block,
            processes,
        )
    while others and all(is_held(path) for path in others):
        check_stop()
        time.sleep(LOOK_UP_S)


def live_claims(files_root: Path, block: str) -> list[Path]:
    """Return the claims of live runs on any version of a block."""
    return [path for path in (files_root / block / FOLDER).glob("*.keys") if is_held(path)]


def claims_folder(table: BlockTable) -> Path | None:
    """Return where claims on a block stand, or None where there are no locks."""
    root = table.files.kernel_locks
    if root is None:
        return None
    folder = root / table.block / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder if has_locks(folder) else None


def _stem(table: BlockTable) -> str:
    return f"{table.version}-{table.parameters}"
