"""A call on a worker as its run's log sees it: what it took, what it refused, what was raised, what libraries said."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from matsluice.infra.redaction import redacted_error
from matsluice.infra.run_log.line import Level, Origin, level_of, line_of
from matsluice.infra.run_log.worker_files import worker_file

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class CallNote:
    """What travels with a call.

    Attributes
    ----------
    folder
        The run's folder, "" where no run is under way.
    run, stage, chunk
        What the call belongs to.
    """

    folder: str
    run: str
    stage: str
    chunk: str


@dataclass(frozen=True, slots=True)
class Observed(Generic[Result]):
    """A call's result, and the seconds that it took on its worker."""

    result: Result
    seconds: float


def observed_call(note: CallNote, function: Callable[..., Result], *call: Any) -> Observed[Result]:
    """Return ``function(*call)`` with its seconds; what is to be said of it stands in the run's log.

    An exception leaves without the secrets it may quote.
    """
    began = time.monotonic()
    # A call that never comes back has at least begun.
    _say(note, "debug", f"{function.__name__} begins")
    with _libraries_heard(note):
        try:
            result = function(*call)
        except Exception as error:
            told = f"{function.__name__} raised {type(error).__name__}: {error}"
            _say(note, "error", told, {"seconds": _since(began)}, error)
            redacted_error(error)
            raise
    _say_refusals(note, result)
    _say(note, "debug", f"{function.__name__} done", {"seconds": _since(began), **_counts(result)})
    return Observed(result, time.monotonic() - began)


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)


def _counts(result: object) -> dict[str, object]:
    rows = getattr(result, "rows", None)
    return {"rows": rows} if isinstance(rows, int) else {}


def _say_refusals(note: CallNote, result: object) -> None:
    refused = getattr(result, "refused", None)
    if not isinstance(refused, Mapping) or not refused:
        return
    why = ", ".join(f"{count} {reason}" for reason, count in refused.items())
    facts = {"refused": dict(refused), "examples": [list(one) for one in getattr(result, "examples", ())]}
    _say(note, "warning", f"rows refused: {why}", facts)


def _say(
    note: CallNote,
    level: Level,
    message: str,
    facts: Mapping[str, Any] | None = None,
    error: BaseException | None = None,
    trace: str = "",
) -> None:
    """Write a line to this process's file of the run; without one nothing is said."""
    if not note.folder:
        return
    origin = Origin(note.run, _worker_name())
    line = line_of(
        origin, level, message, stage=note.stage, chunk=note.chunk, facts=facts, error=error, trace=trace
    )
    # The run may be over and its folder gone; what was computed counts.
    with suppress(OSError):
        worker_file(Path(note.folder), origin).append(line, level)


def _worker_name() -> str:
    from distributed import get_worker

    try:
        return str(get_worker().name)
    except ValueError:  # not called by Dask
        return "none"


class _Heard(logging.Handler):
    """Hears what the call's thread logs, and no other's."""

    def __init__(self, note: CallNote) -> None:
        super().__init__(logging.WARNING)
        self._note, self._thread = note, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as a line."""
        if record.thread != self._thread:
            return
        with suppress(Exception):
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
            facts = {"logger": record.name}
            _say(self._note, level_of(record.levelno), record.getMessage(), facts, trace=trace)


@contextmanager
def _libraries_heard(note: CallNote) -> Iterator[None]:
    handler = _Heard(note)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
