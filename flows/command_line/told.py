"""How far work is that no run shows: a line on stderr now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from matsluice.flows.command_line.progress_display import progress_line

LINE_EVERY_S = 10.0


@contextmanager
def telling(stage: str) -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that takes what is counted, how many are done and how many there are; it prints some of it.

    In a terminal one line is written over again; elsewhere there is one every ten seconds, with rate and time left.

    Parameters
    ----------
    stage
        The word each line begins with.
    """
    began: dict[str, tuple[float, int]] = {}
    last = [0.0]
    over = sys.stderr.isatty()

    def told(unit: str, done: int, total: int) -> None:
        now = time.monotonic()
        first = unit not in began
        if first:
            began[unit] = (now, done)
        if not first and done < total and now - last[0] < (0.2 if over else LINE_EVERY_S):
            return
        last[0] = now
        seconds, before = now - began[unit][0], began[unit][1]
        # What an earlier call has left took no time in this one.
        counts: dict[str, Any] = {
            "stage": stage,
            "done": done,
            "total": total,
            "unit": unit,
            "seconds": seconds,
        }
        if before and done > before:
            counts["seconds"] = seconds * done / (done - before)
        line = progress_line(counts)
        print(f"\r{line:<79}" if over else line, end="" if over else "\n", file=sys.stderr, flush=True)

    try:
        yield told
    finally:
        if over and began:
            print(f"\r{'':<79}\r", end="", file=sys.stderr, flush=True)
