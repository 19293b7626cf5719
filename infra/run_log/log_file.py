"""A file of lines that is whole up to the last line, whatever kills its writer, and does not grow for ever."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Final

from matsluice.infra.run_log.line import Level, Origin, line_of

MIB: Final = 1024**2
GRAVE: Final = ("warning", "error")


class LogFile:
    """Appends lines, each in one call of the kernel, so that what was said before a kill is there.

    Lines about what goes well stop at half of the room, so that there is room for those about what does not;
    how many were left out is counted and said by `close`.

    Parameters
    ----------
    path
        The file; its folder must be there.
    origin
        Who speaks, for the line about what was left out.
    room_bytes
        The size that the file does not exceed, but for one last line.
    """

    def __init__(self, path: Path, origin: Origin, room_bytes: int) -> None:
        self.path = path
        self.left_out = 0
        self._origin, self._room = origin, room_bytes
        self._writing = threading.Lock()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o666)
        self._size = os.fstat(self._file).st_size
        # A writer that was killed in the middle of a long line has left half of it.
        if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
            self._write(b"\n")

    def append(self, line: bytes, level: Level) -> None:
        """Write a line where there is room; a log that cannot be written stops nothing."""
        with self._writing:
            room = self._room if level in GRAVE else self._room // 2
            if self._file < 0 or self._size + len(line) > room:
                self.left_out += 1
            else:
                self._write(line)

    def close(self) -> None:
        """Say how many lines were left out, and write no more."""
        with self._writing:
            if self._file < 0:
                return
            if self.left_out:
                message = (
                    f"{self.left_out} lines were left out: the log has reached its size of {self._room} bytes"
                )
                self._write(line_of(self._origin, "warning", message, facts={"left_out": self.left_out}))
            os.close(self._file)
            self._file = -1

    def _write(self, line: bytes) -> None:
        try:
            self._size += os.write(self._file, line)
        except OSError:  # a full disk is met, and said, by what the run writes
            self.left_out += 1
