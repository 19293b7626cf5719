"""What workers say: a file for each process in the run's folder, gathered into the run's log when they are done.

A file of its own, since several machines cannot append to one file of a shared disk without losing lines.
"""

from __future__ import annotations

import json
import os
import platform
import re
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from matsluice.infra.run_log.line import Level, Origin
from matsluice.infra.run_log.log_file import MIB, LogFile

WORKER_FOLDER: Final = "log"
WORKER_ROOM_BYTES: Final = 8 * MIB
SUFFIX: Final = ".jsonl"

_opening = threading.Lock()
_open: dict[Path, LogFile] = {}


def worker_file(folder: Path, origin: Origin) -> LogFile:
    """Return this process's file in a run's folder; the last run's is closed.

    Raises
    ------
    OSError
        The run's folder is not there, or cannot be written.
    """
    host = re.sub(r"[^A-Za-z0-9-]", "_", platform.node())
    path = folder / WORKER_FOLDER / f"{host}-{os.getpid()}{SUFFIX}"
    with _opening:
        found = _open.get(path)
        if found is None or not path.exists():
            for other in _open.values():
                other.close()
            _open.clear()
            found = _open[path] = LogFile(path, origin, WORKER_ROOM_BYTES)
        return found


def worker_paths(folder: Path) -> list[Path]:
    """Return the files of workers that are not gathered yet."""
    return sorted((folder / WORKER_FOLDER).glob(f"*{SUFFIX}"))


def gather_worker_files(folder: Path, into: LogFile) -> None:
    """Append the lines of every worker's file to the run's log and delete the file.

    Killed in between, the lines stand in both; whoever reads the log reads such lines once.
    """
    for path in worker_paths(folder):
        with suppress(OSError):
            for line in path.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n") and (level := _level(line)) is not None:
                    into.append(line, level)
            path.unlink()


def _level(line: bytes) -> Level | None:
    """Return a line's level, None where the line is none: its writer was killed in the middle of it."""
    try:
        level: Level = json.loads(line)["level"]
    except (ValueError, KeyError, TypeError):
        return None
    return level
