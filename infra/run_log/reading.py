"""Reading a run's log, while it is written and after: the driver's lines and the workers', in the order of time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from matsluice.infra.run_log.current import LOG_FILE
from matsluice.infra.run_log.line import LEVELS, Level
from matsluice.infra.run_log.worker_files import worker_paths

LOOK_EVERY_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are wanted.

    Attributes
    ----------
    level
        The least grave level.
    stage
        One of the stages; "" for all.
    chunk
        Part of a chunk's name; "" for all.
    """

    level: Level = "info"
    stage: str = ""
    chunk: str = ""

    def holds(self, line: dict[str, Any]) -> bool:
        """Return whether a line is wanted."""
        if LEVELS.index(line["level"]) < LEVELS.index(self.level):
            return False
        if self.stage and line.get("stage") != self.stage:
            return False
        return not self.chunk or self.chunk in line.get("chunk", "")


class LogReader:
    """Gives the lines of a run that were not given before, each once, although they may move between files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self._given: set[int] = set()

    def new_lines(self) -> list[dict[str, Any]]:
        """Return what was written since the last call, in the order of time."""
        found = []
        # Workers' files first: what is gathered in the meantime is met in the log itself, and given once.
        for path in [*worker_paths(self._folder), self._folder / LOG_FILE]:
            for line in self._lines_of(path):
                # Of lines that move, which are the workers', the hash is remembered.
                name = hash(line)
                told = _parsed(line)
                if told is None or name in self._given:
                    continue
                if told.get("worker") != "driver":
                    self._given.add(name)
                found.append(told)
        return sorted(found, key=lambda told: str(told["time"]))

    def _lines_of(self, path: Path) -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                for line in file:
                    if not line.endswith(b"\n"):
                        return  # it is being written, or its writer was killed
                    self._read[path] = self._read.get(path, 0) + len(line)
                    yield line
        except FileNotFoundError:
            return


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and {"time", "level", "message"} <= told.keys() else None


def read_lines(folder: Path, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Give the wanted lines that a run's folder holds now, in the order of time."""
    yield from filter(wanted.holds, LogReader(folder).new_lines())


def follow_lines(folder: Path, wanted: Wanted, goes_on: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """Give the wanted lines there are, and then those that come, until the run does not go on."""
    reader = LogReader(folder)
    while True:
        going = goes_on()  # asked before the last look, so that nothing said before the end is missed
        yield from filter(wanted.holds, reader.new_lines())
        if not going:
            return
        time.sleep(LOOK_EVERY_S)
