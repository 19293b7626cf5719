"""Schedules as lines of at most 80 characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

WORDS = {
    "registered": "scheduled",
    "changed": "changed",
    "unchanged": "was scheduled so already",
    "removed": "removed",
    "paused": "paused",
    "resumed": "resumed",
}


def schedule_lines(told: Sequence[dict[str, Any]], *, listed: bool) -> Iterator[str]:
    """Give the lines `matsluice schedule` ends with."""
    if listed and not told:
        yield 'nothing is scheduled: matsluice schedule F --cron "0 2 * * *"'
    for each in told:
        outcome = WORDS.get(each.get("outcome", ""), "")
        yield f"{each['name']}{': ' + outcome if outcome else ''}"
        if "cron" not in each:
            continue
        yield f"  when      {each['cron']}  ({each['timezone']})"
        if each["paused"]:
            yield "  next      paused: `matsluice schedule F --resume` goes on"
        yield from next_lines(each["next"], each["timezone"])
        yield f"  runs      {each['campaign_file']}"
        if not listed:
            yield f"  by        {_by(each)}"


def _by(each: dict[str, Any]) -> str:
    if each["pool"]:
        return f"prefect worker start --pool {each['pool']}"
    return "matsluice serve, which must be kept running on this workspace"


def next_lines(times: Sequence[str], zone: str) -> Iterator[str]:
    """Give a line for each time.

    Examples
    --------
    >>> list(next_lines(["2026-11-29T02:00:00+01:00"], "Europe/Rome"))
    ['  next      Sun 29 Nov 2026, 02:00 Europe/Rome']
    """
    for number, text in enumerate(times):
        label = "  next      " if number == 0 else " " * 12
        yield f"{label}{datetime.fromisoformat(text):%a %d %b %Y, %H:%M} {zone}"
