"""One line of a run's log: what it holds, and how it becomes bytes."""

from __future__ import annotations

import json
import logging
import os
import platform
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Literal

from matsluice.infra.redaction import redacted, redacted_json

Level = Literal["debug", "info", "warning", "error"]
LEVELS: Final[tuple[Level, ...]] = ("debug", "info", "warning", "error")
# A line is written in one call of the kernel; what is longer is cut in its middle.
LONGEST_TEXT: Final = 12_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Who speaks: the fields that every line of a process has.

    Attributes
    ----------
    run
        The run's id.
    worker
        "driver", or the name by which Dask knows the worker.
    """

    run: str
    worker: str = "driver"


def line_of(
    origin: Origin,
    level: Level,
    message: str,
    *,
    stage: str = "",
    chunk: str = "",
    facts: Mapping[str, Any] | None = None,
    error: BaseException | None = None,
    trace: str = "",
) -> bytes:
    """Return a line of the log, whole, with its end of line.

    Parameters
    ----------
    origin
        Who speaks.
    level, message
        What is said, and how grave it is.
    stage, chunk
        What it is about; left out where empty.
    facts
        Further fields, which JSON can hold.
    error
        An exception, whose stack trace is kept.
    trace
        A stack trace that came as text.
    """
    told = trace or ("".join(traceback.format_exception(error)) if error is not None else "")
    content = {
        "time": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "level": level,
        "run": origin.run,
        **({"stage": stage} if stage else {}),
        **({"chunk": chunk} if chunk else {}),
        "host": _host(),
        "worker": origin.worker,
        "pid": os.getpid(),
        "message": _short(redacted(message)),
        **{name: _fact(value) for name, value in (facts or {}).items()},
        **({"trace": _short(redacted(told))} if told else {}),
    }
    return json.dumps(content, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"


def level_of(number: int) -> Level:
    """Return the word for a level of the standard library's logging.

    Examples
    --------
    >>> level_of(logging.CRITICAL), level_of(15)
    ('error', 'debug')
    """
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    return "info" if number >= logging.INFO else "debug"


def _fact(value: object) -> object:
    plain = redacted_json(value)
    return _short(plain) if isinstance(plain, str) else plain


def _short(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


@cache
def _host() -> str:
    return platform.node()
