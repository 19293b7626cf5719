"""How far a run is, on stderr: one moving line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from matsluice.infra.workspace.atomic_files import read_json

# Where nobody watches, a line every so often is enough.
PLAIN_EVERY_S = 10.0


class ProgressDisplay:
    """Shows progress.json of the campaign's latest run while the block lasts."""

    def __init__(self, campaign_folder: Path, *, shown: bool) -> None:
        self._file = campaign_folder / "latest" / "progress.json"
        self._shown = shown
        self._moving = sys.stderr.isatty()
        self._began = time.time()
        self._last: tuple[str, float] = ("", 0.0)

    def __enter__(self) -> ProgressDisplay:
        """Say that something happens before there is anything to count."""
        if self._shown:
            self._show("starting", final=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the cursor on a line of its own."""
        if self._shown and self._moving:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)

    def update(self) -> None:
        """Show the present counts."""
        if not self._shown:
            return
        counts = self._read()
        if counts is None or counts["now"] < self._began:
            return
        stage = str(counts["stage"])
        entered = stage != self._last[0]
        if self._moving or entered or time.time() - self._last[1] > PLAIN_EVERY_S:
            self._show(progress_line(counts), final=False)
            self._last = (stage, time.time())

    def _read(self) -> dict[str, Any] | None:
        try:
            counts: dict[str, Any] = read_json(self._file)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return counts

    def _show(self, line: str, *, final: bool) -> None:
        if self._moving and not final:
            print(f"\r\x1b[2K{line[:79]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


def progress_line(counts: dict[str, Any]) -> str:
    """Return stage, counts, rate and time left, in fewer than 80 characters.

    Examples
    --------
    >>> progress_line({"stage": "train", "done": 10, "total": 50, "unit": "fits", "began": 0.0, "now": 20.0})
    'train      10 of 50 fits, 0.5/s, 80 s left'
    """
    done, total = int(counts["done"]), counts["total"]
    seconds = max(counts["now"] - counts["began"], 1e-9)
    line = f"{counts['stage']:<10} {done:,}".replace(",", " ")
    line += (f" of {total:,}".replace(",", " ") if total else "") + f" {counts['unit']}"
    if done and seconds > 1.0:
        rate = done / seconds
        line += f", {rate:.3g}/s" if rate < 1000 else f", {rate:,.0f}/s".replace(",", " ")
        if total and total > done:
            line += f", {duration_text((total - done) / rate)} left"
    return line


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
