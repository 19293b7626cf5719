"""One run of a campaign at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matsluice.infra.mistakes import InvalidInput


@contextmanager
def only_run(campaign_folder: Path, campaign: str) -> Iterator[None]:
    """Hold the campaign's lock for the length of the block.

    The kernel holds the lock for the process and lets go of it when the process ends, also by kill -9, so a
    dead run never has to be cleaned up after.

    Raises
    ------
    InvalidInput
        Another process holds it; the sentence names its process id.
    """
    campaign_folder.mkdir(parents=True, exist_ok=True)
    with (campaign_folder / ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise InvalidInput(
                f"campaign {campaign} is already running in this workspace (process {holder}): "
                f"wait for it, watch it with `matsluice status`, or stop it with `kill {holder}`"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_running(campaign_folder: Path) -> bool:
    """Return whether some process holds the campaign's lock now."""
    lock = campaign_folder / ".lock"
    if not lock.exists():
        return False
    with lock.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
