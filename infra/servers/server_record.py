"""The file that tells other processes of this machine which server runs on a workspace."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from matsluice.infra.mistakes import Failed

STARTING_S = 1.0  # until the kernel has a new program's command line; some microseconds on an idle machine
JOIN_WAIT_S = 8.0  # a server nobody holds any more is gone within the guard's grace of 4 s


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """Where a server answers, and how to see whether it runs.

    Attributes
    ----------
    url
        The server's address.
    pid
        Process id of its guard.
    host
        Name of the machine it runs on; workspaces may lie on a shared file system.
    log_file
        The file with its output; it names the server in the guard's command line too.
    """

    url: str
    pid: int
    host: str
    log_file: str

    @classmethod
    def of(cls, url: str, pid: int, log: Path) -> ServerRecord:
        """Return the record of a server on this machine."""
        return cls(url, pid, socket.gethostname(), str(log.absolute()))

    @property
    def log(self) -> Path:
        """The file with the server's output."""
        return Path(self.log_file)

    @property
    def running(self) -> bool:
        """Whether the server runs on this machine: the process id may be another program's by now."""
        if self.host != socket.gethostname():
            return False
        return os.fsencode(self.log_file) in _command_words(self.pid)

    def write(self, path: Path) -> None:
        """Write the record in one step: a reader sees the whole of it or none."""
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_text(json.dumps(asdict(self)))
        part.replace(path)


def _command_words(pid: int) -> list[bytes]:
    """Return a process's command line, empty where there is none.

    A process that is just being started has none for a moment, and one that has ended, for good.
    """
    folder, deadline = Path(f"/proc/{pid}"), time.monotonic() + STARTING_S
    try:
        while not (line := (folder / "cmdline").read_bytes()) and time.monotonic() < deadline:
            if (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[
                0
            ] == "Z":
                return []
            time.sleep(0.01)
    except OSError:
        return []
    return line.split(b"\0")


def read_record(path: Path) -> ServerRecord | None:
    """Return the record in `path`, or None where there is none that can be read.

    >>> read_record(Path("/no/such/file")) is None
    True
    """
    try:
        return ServerRecord(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def one_starter(path: Path) -> Iterator[None]:
    """Let one process at a time decide whether to start a server or to join one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


class Hold:
    """A shared lock on a server: while one process has it, the server's guard lets the server live.

    The kernel releases it when the process ends, in whatever way.

    Raises
    ------
    Failed
        The guard of a server that nobody holds any more does not come to its end.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = time.monotonic() + JOIN_WAIT_S
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    self.release()
                    raise Failed(f"a server that is just ending keeps {path} locked: try again") from error
                time.sleep(0.05)
            else:
                return

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
