"""Which times of a schedule nothing ran at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from matsluice.infra.schedules.deployments import Registered, Schedule
from matsluice.infra.schedules.missed import Due, due, note_handled, read_handled, times_text

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NIGHTLY = Registered(
    id=uuid4(),
    schedule=Schedule("gaps", "package.flow", "flow", {}, "0 2 * * *", "UTC"),
    paused=False,
    since=datetime(2026, 11, 1, 12, tzinfo=UTC),
)


def night(day: int) -> datetime:
    return datetime(2026, 11, day, 2, tzinfo=UTC)


def test_every_night_run_is_none_missed() -> None:
    found = due(NIGHTLY, night(27), NOW)
    assert found == Due(night(28), ())


def test_nights_in_between_are_missed_and_the_last_is_stood_for() -> None:
    found = due(NIGHTLY, night(24), NOW)
    assert found == Due(night(28), (night(25), night(26), night(27)))


def test_nothing_is_due_before_the_first_time() -> None:
    assert due(NIGHTLY, night(28), NOW) == Due(None, ())
    assert due(replace(NIGHTLY, since=NOW), None, NOW) == Due(None, ())


def test_a_run_that_starts_some_seconds_early_stands_for_its_time() -> None:
    assert due(NIGHTLY, night(27), night(28)) == Due(night(28), ())
    assert due(NIGHTLY, night(27), night(28) - timedelta(seconds=5)) == Due(None, ())


def test_times_before_it_was_made_or_resumed_are_not_missed() -> None:
    resumed = replace(NIGHTLY, since=night(26) + timedelta(hours=1))
    assert due(resumed, night(3), NOW) == Due(night(28), (night(27),))


def test_a_paused_schedule_misses_nothing() -> None:
    assert due(replace(NIGHTLY, paused=True), night(3), NOW) == Due(None, ())


def test_what_was_handled_is_kept_for_each_schedule(tmp_path: Path) -> None:
    assert read_handled(tmp_path, "gaps") is None
    note_handled(tmp_path, "gaps", night(27))
    note_handled(tmp_path, "weekly", night(22))
    assert read_handled(tmp_path, "gaps") == night(27)
    assert read_handled(tmp_path, "weekly") == night(22)


def test_many_times_are_told_in_a_line() -> None:
    assert times_text([night(day) for day in range(1, 13)]).endswith("Thu 5 Nov 02:00 and 7 more")
