"""The log of this process's run: opened by the flow, found by whoever has something to say."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from matsluice.infra.run_log.line import Level, Origin, level_of, line_of
from matsluice.infra.run_log.log_file import MIB, LogFile
from matsluice.infra.run_log.worker_files import WORKER_FOLDER, gather_worker_files

LOG_FILE: Final = "log.jsonl"
ROOM_BYTES: Final = 128 * MIB
# Libraries whose loggers keep their lines from the root, and what of theirs is of interest.
LOGGERS: Final = ("", "matsluice", "prefect", "distributed")


class RunLog:
    """Writes the driver's lines of a run, from any thread.

    Attributes
    ----------
    folder
        The run's folder.
    origin
        The fields that every line of this process has.
    stage
        What the run is at; set by `begin_stage`.
    """

    def __init__(self, folder: Path, run_id: str) -> None:
        self.folder = folder
        self.origin = Origin(run_id)
        self.stage = ""
        (folder / WORKER_FOLDER).mkdir(exist_ok=True)
        self._file = LogFile(folder / LOG_FILE, self.origin, ROOM_BYTES)
        self.gather()

    def say(
        self,
        level: Level,
        message: str,
        *,
        chunk: str = "",
        facts: Mapping[str, Any] | None = None,
        error: BaseException | None = None,
        trace: str = "",
    ) -> None:
        """Write a line about what the run is at; see `line_of`."""
        line = line_of(
            self.origin, level, message, stage=self.stage, chunk=chunk, facts=facts, error=error, trace=trace
        )
        self._file.append(line, level)

    def gather(self) -> None:
        """Take what workers have written into the one file."""
        gather_worker_files(self.folder, self._file)

    def close(self) -> None:
        """Gather once more, and write no more."""
        self.gather()
        self._file.close()
        with suppress(OSError):  # a worker that still computes something nobody waits for may have begun anew
            (self.folder / WORKER_FOLDER).rmdir()


class _Handler(logging.Handler):
    """Takes over what libraries log, with their traces, which are for this file and not for the terminal."""

    def __init__(self, log: RunLog) -> None:
        super().__init__(logging.DEBUG)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as a line."""
        with suppress(Exception):  # what cannot be formatted must not end what it speaks of
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
            facts = {"logger": record.name}
            self._log.say(level_of(record.levelno), record.getMessage(), facts=facts, trace=trace)


# One process has one run under way; tests may nest them.
_open: list[RunLog] = []


def current_log() -> RunLog | None:
    """Return the log of the run under way in this process, or None."""
    return _open[-1] if _open else None


def say(level: Level, message: str, **more: Any) -> None:
    """Write a line to the log of the run under way, if any; see `RunLog.say`."""
    log = current_log()
    if log is not None:
        log.say(level, message, **more)


def begin_stage(stage: str) -> None:
    """Have the lines that follow, of this process and of the calls it sends out, belong to a stage."""
    log = current_log()
    if log is not None:
        log.stage = stage


@contextmanager
def logging_run(folder: Path, run_id: str) -> Iterator[RunLog]:
    """Write to the run's log while the block lasts, also what libraries say from "warning" on."""
    log = RunLog(folder, run_id)
    handler = _Handler(log)
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or record.name.startswith("matsluice"))
    loggers = [logging.getLogger(name) for name in LOGGERS if name in ("", *logging.root.manager.loggerDict)]
    # Those that hand their records on would hand them to the root's handler too.
    taken = [logger for logger in loggers if logger.name == "root" or not logger.propagate]
    _open.append(log)
    for logger in taken:
        logger.addHandler(handler)
    try:
        yield log
    finally:
        for logger in taken:
            logger.removeHandler(handler)
        _open.remove(log)
        log.close()
