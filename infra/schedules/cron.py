"""When a cron line comes due: read field by field, so that a mistake can be named, and timed as Prefect times it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from matsluice.infra.mistakes import InvalidInput, unknown_word

EXAMPLE = '"0 2 * * *" (every night at two)'
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
MOST_TIMES = 1000  # what Prefect looks through in one call


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five fields: its name, its range, and the words that stand for numbers from the least on."""

    name: str
    least: int
    greatest: int
    words: tuple[str, ...] = ()

    def complaint(self, text: str) -> str:
        """Return what is wrong with the field's text, "" where nothing is."""
        for part in text.split(","):
            body, slash, step = part.partition("/")
            if slash and not (step.isdigit() and int(step) > 0):
                return f'the step of its {self.name}, "{part}", is no whole number above 0'
            first, dash, last = body.partition("-")
            if body == "*":
                continue
            ends = [self._number(word) for word in ((first, last) if dash else (first,))]
            if any(end is None or not self.least <= end <= self.greatest for end in ends):
                names = f", or {self.words[0]} to {self.words[-1]}" if self.words else ""
                return f'its {self.name}, "{text}", is not of {self.least} to {self.greatest}{names}, or *'
            if (ends[0] or 0) > (ends[-1] or 0):
                return f'the range of its {self.name}, "{part}", runs backwards'
        return ""

    def _number(self, word: str) -> int | None:
        if word.isdigit():
            return int(word)
        return self.least + self.words.index(word.lower()) if word.lower() in self.words else None


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of the week", 0, 7, WEEKDAYS),
)


def checked_cron(text: str) -> str:
    """Return a cron line with single blanks and its shorthand written out.

    Raises
    ------
    InvalidInput
        It is none, with the field that is wrong, or it never comes due.

    Examples
    --------
    >>> checked_cron("  0 2 * *   mon-fri"), checked_cron("@daily")
    ('0 2 * * mon-fri', '0 0 * * *')
    >>> checked_cron("0 25 * * *")
    Traceback (most recent call last):
        ...
    matsluice.infra.mistakes.InvalidInput: cron "0 25 * * *": its hour, "25", is not of 0 to 23, or *; a line is \
minute, hour, day of the month, month, day of the week, as in "0 2 * * *" (every night at two)
    """
    words = text.split()
    if len(words) == 1 and words[0].startswith("@"):
        if words[0].lower() not in SHORTHANDS:
            raise InvalidInput(unknown_word("cron", words[0], SHORTHANDS))
        return SHORTHANDS[words[0].lower()]
    line = " ".join(words)
    if len(words) != len(FIELDS):
        complaint = f"it has {len(words)} fields and not {len(FIELDS)}"
    else:
        complaint = next(filter(None, (f.complaint(word) for f, word in zip(FIELDS, words, strict=True))), "")
    if complaint:
        names = ", ".join(field.name for field in FIELDS)
        raise InvalidInput(f'cron "{line}": {complaint}; a line is {names}, as in {EXAMPLE}')
    if not _ever(words):
        raise InvalidInput(f'cron "{line}" never comes due: no such month has such a day; compare {EXAMPLE}')
    return line


def _ever(words: list[str]) -> bool:
    """Return whether some month has the line's days; a day of the week comes in every month."""
    _, _, days, months, weekdays = words
    if weekdays != "*" or not re.fullmatch(r"[0-9,]+", days):
        return True
    longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
    named = range(1, 13) if not re.fullmatch(r"[0-9,]+", months) else [int(m) for m in months.split(",")]
    return min(int(day) for day in days.split(",")) <= max(longest.get(month, 31) for month in named)


def next_times(cron: str, zone: str, count: int, after: datetime) -> list[datetime]:
    """Return the next times of a cron line in its zone.

    They are those at which Prefect's scheduler makes runs, also where the clocks are put forward or back.

    Parameters
    ----------
    cron, zone
        Of a schedule.
    count
        How many.
    after
        A moment with its zone; a time that falls on it is given too.
    """
    return _prefect_times(cron, zone, count, after, None)


def times_between(cron: str, zone: str, after: datetime, before: datetime) -> list[datetime]:
    """Return the times of a cron line after one moment and before another, at most `MOST_TIMES` of them."""
    if after >= before:
        return []
    found = _prefect_times(cron, zone, None, after + timedelta(seconds=1), before - timedelta(seconds=1))
    return found[:MOST_TIMES]


def _prefect_times(
    cron: str, zone: str, count: int | None, start: datetime, end: datetime | None
) -> list[datetime]:
    from prefect.server.schemas.schedules import CronSchedule

    schedule = CronSchedule(cron=cron, timezone=zone)
    return list(asyncio.run(schedule.get_dates(n=count, start=start, end=end)))
