"""A lock for file systems without locks: a file that only one can make, kept alive by touching it."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from matsluice.infra.interruption import request_stop

log_of_events = logging.getLogger(__name__)

BEAT_S = 5.0
# A holder that has not touched its file for so long is taken for dead, or cut off from the file system.
STALE_S = 60.0
LOOK_AGAIN_S = 0.1


def take(path: Path, *, wait: bool) -> AbstractContextManager[None] | None:
    """Make the lock file that stands for `path`, or return None where another process has it.

    A holder on this machine whose process is gone is known to be dead at once, one on another machine when
    its heartbeat is older than a minute by the file system's own clock.
    """
    mine = _file_of(path)
    token = uuid4().hex
    log_of_events.warning(
        "%s has no file locks: %s with a heartbeat stands for them; after a crash of another machine it is "
        "free again within %.0f s",
        path.parent,
        mine.name,
        STALE_S,
    )
    while not _made(mine, token):
        if not is_alive(path):
            _clear(mine)
        elif wait:
            time.sleep(LOOK_AGAIN_S)
        else:
            return None
    return _beating(mine, token)


def is_alive(path: Path) -> bool:
    """Return whether a live process holds the lock that stands for `path`."""
    file = _file_of(path)
    content = _content(file)
    if content is None:
        return False
    if content.get("host") == socket.gethostname() and not process_runs(int(content.get("pid", 0))):
        return False
    try:
        return _now_there(file.parent) - file.stat().st_mtime < STALE_S
    except FileNotFoundError:
        return False


def holder(path: Path) -> str:
    """Return process and host of who holds it."""
    content = _content(_file_of(path)) or {}
    return f"{content.get('pid', 'unknown')} on {content.get('host', 'unknown')}"


def _file_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.held")


def _made(file: Path, token: str) -> bool:
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump({"host": socket.gethostname(), "pid": os.getpid(), "token": token}, opened)
    return True


def _content(file: Path) -> dict[str, Any] | None:
    """Return what a lock file says; an empty dictionary while its maker is still writing it."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        content: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}
    return content


def _clear(file: Path) -> None:
    """Take a dead holder's file away; a live one's that took its place meanwhile is put back."""
    aside = file.with_name(f"{file.name}.{uuid4().hex[:8]}")
    before = _content(file)
    try:
        file.rename(aside)
    except FileNotFoundError:
        return
    if _content(aside) != before:
        aside.rename(file)
        return
    aside.unlink(missing_ok=True)


def process_runs(pid: int) -> bool:
    """Return whether a process of this id runs on this machine, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _now_there(folder: Path) -> float:
    """Return the time by the clock that dates files there: machines' own clocks differ and jump."""
    probe = folder / f".clock.{uuid4().hex[:8]}"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


@contextmanager
def _beating(file: Path, token: str) -> Iterator[None]:
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_S):
            if (_content(file) or {}).get("token") != token:
                # Cut off for too long: another process has taken over, and two must not go on.
                request_stop()
                return
            with suppress(OSError):
                os.utime(file)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        if (_content(file) or {}).get("token") == token:
            file.unlink(missing_ok=True)
