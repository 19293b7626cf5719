"""One run of a campaign at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.file_lock import Held, held, is_held


class AlreadyRunning(InvalidInput):
    """Another process runs the campaign; when it has ended, the same call can be made again."""


@contextmanager
def only_run(campaign_folder: Path, campaign: str) -> Iterator[None]:
    """Hold the campaign's lock for the length of the block.

    A dead run holds it no longer, so it never has to be cleaned up after.

    Raises
    ------
    AlreadyRunning
        Another process holds it; the sentence names its process id.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(held(campaign_folder / ".lock"))
        except Held as other:
            pid, _, host = other.holder.partition(" on ")
            there = f" on {host}" if host else ""
            raise AlreadyRunning(
                f"campaign {campaign} is already running in this workspace (process {pid}{there}): "
                f"wait for it, watch it with `matsluice status`, or stop it with `kill {pid}`{there}"
            ) from None
        yield


def is_running(campaign_folder: Path) -> bool:
    """Return whether some process holds the campaign's lock now."""
    return is_held(campaign_folder / ".lock")
