"""Lines of a run's log as people read them, in 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from textwrap import wrap
from typing import Any, Final

from matsluice.flows.stage import STAGES
from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.infra.run_log import Wanted
from matsluice.infra.run_log.line import LEVELS, Level

WIDTH: Final = 80
INDENT: Final = " " * 20
# "info" is what a line is unless it says otherwise.
SHOWN_LEVEL: Final[Mapping[str, str]] = {"debug": "debug: ", "warning": "warning: ", "error": "ERROR: "}


def wanted_lines(level: str, stage: str, chunk: str) -> Wanted:
    """Return which lines a person asks for.

    Raises
    ------
    InvalidInput
        There is no such level or stage.
    """
    if stage and stage not in STAGES:
        raise InvalidInput(unknown_word("stage", stage, STAGES))
    found: Level | None = next((known for known in LEVELS if known == level), None)
    if level and found is None:
        raise InvalidInput(unknown_word("level", level, LEVELS))
    # Whoever asks for a chunk wants to see it also where it went well.
    least: Level = "debug" if chunk else "info"
    return Wanted(found or least, stage, chunk)


def log_lines(line: Mapping[str, Any]) -> Iterator[str]:
    """Give the lines for one of the log: local time, stage, what was said, and below it who said it.

    Examples
    --------
    >>> told = {"time": "2026-05-04T12:00:00.000Z", "level": "warning", "message": "rows refused: 2 raised"}
    >>> told |= {"stage": "featurize", "chunk": "composition.magpie/0-4096", "host": "node7", "worker": "3"}
    >>> for text in log_lines(told):
    ...     print(text[10:])
    featurize warning: rows refused: 2 raised
              composition.magpie/0-4096 on node7, worker 3
    """
    head = f"{_local_time(line['time'])}  {line.get('stage', ''):<10}"
    message = f"{SHOWN_LEVEL.get(line['level'], '')}{line['message']}"
    told = [part for text in message.splitlines() or [""] for part in _wrapped(text)]
    yield f"{head}{told[0]}".rstrip()
    yield from (f"{INDENT}{part}" for part in told[1:])
    for example in line.get("examples", ()):
        yield from (f"{INDENT}{part}" for part in _wrapped("  ".join(map(str, example))))
    if line.get("worker", "driver") != "driver":
        yield from (f"{INDENT}{part}" for part in _wrapped(_where(line)))
    # Lines of a trace are places in files, which are copied whole.
    yield from (f"  {text}" for text in line.get("trace", "").splitlines())


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH - len(INDENT), break_on_hyphens=False) or [""]


def _where(line: Mapping[str, Any]) -> str:
    chunk = line.get("chunk", "")
    return f"{chunk}{' ' if chunk else ''}on {line.get('host', '')}, worker {line['worker']}"


def _local_time(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%H:%M:%S")
