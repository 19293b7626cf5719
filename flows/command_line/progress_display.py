"""How far a run is, on stderr: a moving bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from matsluice.flows.command_line.link_text import link_lines
from matsluice.flows.progress import read_waiting
from matsluice.infra.workspace.atomic_files import read_json

# Where nobody watches, a line every so often is enough.
PLAIN_EVERY_S = 10.0
WAITING_EVERY_S = 15.0


class ProgressDisplay:
    """Shows progress.json of the campaign's latest run while the block lasts."""

    def __init__(self, campaign_folder: Path, campaign_file: Path, *, shown: bool) -> None:
        self._run = campaign_folder / "latest"
        self._file = campaign_file
        self._links: list[str] = []
        self._shown = shown
        self._stage = ""
        self._last_line = -PLAIN_EVERY_S
        self._last_waiting = -WAITING_EVERY_S
        # What an earlier attempt has left; told by the file and not by times, which a clock that is set falsifies.
        self._before = self._identity()
        self._seen, self._seen_at = self._before, time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressDisplay:
        """Say that something happens before there is anything to count."""
        if self._shown and sys.stderr.isatty():
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description:<10}"),
                BarColumn(bar_width=16),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("starting", total=None, rate="")
        elif self._shown:
            print("starting", file=sys.stderr, flush=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def update(self) -> None:
        """Show the present counts."""
        counts = self._read() if self._shown else None
        if counts is None:
            return
        self._show_links()
        entered, self._stage = counts["stage"] != self._stage, str(counts["stage"])
        if self._bar is not None and self._task is not None:
            if entered:
                self._bar.reset(self._task)
            rate = rate_text(counts)
            total, done = counts["total"], int(counts["done"])
            self._bar.update(
                self._task, description=self._stage, total=total, completed=done, rate=rate.removeprefix(", ")
            )
        elif entered or time.monotonic() - self._last_line > PLAIN_EVERY_S:
            self._last_line = time.monotonic()
            print(progress_line(counts) if counts["done"] else self._stage, file=sys.stderr, flush=True)
        self._say_what_waits()

    def _show_links(self) -> None:
        """Say, once each, where the run can be watched, as soon as it is known."""
        try:
            lines = link_lines(read_json(self._run / "state.json"), self._file)
        except (OSError, ValueError, KeyError):
            return
        for line in lines:
            if line not in self._links:
                self._links.append(line)
                self._print(line)

    def _print(self, line: str) -> None:
        if self._bar is not None:
            # Addresses are copied whole: a terminal wraps them by itself, and a mark-up they might hold is text.
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def _say_what_waits(self) -> None:
        if time.monotonic() - self._last_waiting < WAITING_EVERY_S:
            return
        waiting: dict[str, Any] | None = read_waiting(self._run)
        if waiting is not None:
            self._last_waiting = time.monotonic()
            self._print(waiting_line(waiting))

    def _read(self) -> dict[str, Any] | None:
        identity = self._identity()
        if identity is None or identity == self._before:
            return None
        if identity != self._seen:
            self._seen, self._seen_at = identity, time.monotonic()
        try:
            counts: dict[str, Any] = {
                **read_json(self._run / "progress.json"),
                "ago": time.monotonic() - self._seen_at,
            }
        except (OSError, ValueError):
            return None
        return counts

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = (self._run / "progress.json").stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns


def progress_line(counts: dict[str, Any]) -> str:
    """Return stage, counts, rate and time left, in fewer than 80 characters.

    Examples
    --------
    >>> progress_line({"stage": "train", "done": 10, "total": 50, "unit": "fits", "seconds": 20.0})
    'train      10 of 50 fits, 0.5/s, 80 s left'
    """
    total = f" of {counts['total']}" if counts["total"] else ""
    return f"{counts['stage']:<10} {counts['done']}{total} {counts['unit']}{rate_text(counts)}"


def waiting_line(waiting: dict[str, Any], now: float | None = None) -> str:
    """Return what waits for MLflow, since when and why.

    Examples
    --------
    >>> waiting_line({"records": 12, "since": 100.0, "reason": "connection refused"}, now=140.0)
    '12 records wait for MLflow, since 40 s: connection refused'
    """
    seconds = duration_text((time.time() if now is None else now) - waiting["since"])
    one = waiting["records"] == 1
    number = "1 record waits" if one else f"{waiting['records']} records wait"
    return f"{number} for MLflow, since {seconds}: {waiting['reason']}"


def rate_text(counts: dict[str, Any]) -> str:
    """Return the rate and the time left; nothing in the first second, when both would be guesses."""
    done, total = int(counts["done"]), counts["total"]
    seconds = counts["seconds"]
    if not done or seconds < 1.0:
        return ""
    rate = done / seconds
    text = f", {rate:.3g}/s" if rate < 1000 else f", {rate:.0f}/s"
    if not total or total <= done:
        return text
    # Counts are written when something is done; what has passed since then is not left any more.
    left = (total - done) / rate - counts.get("ago", 0.0)
    return text + (f", {duration_text(left)} left" if left > 0 else ", longer than expected")


def duration_text(seconds: float) -> str:
    """Return a duration as people say it.

    Examples
    --------
    >>> duration_text(80), duration_text(400), duration_text(20000)
    ('80 s', '7 min', '5.6 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
