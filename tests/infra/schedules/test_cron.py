"""Cron lines and zones: what is refused, with what sentence, and the same times as Prefect's scheduler."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.schedules.cron import checked_cron, next_times, times_between
from matsluice.infra.schedules.time_zones import checked_zone


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("0 2 * *", "it has 4 fields and not 5"),
        ("every night", "it has 2 fields and not 5"),
        ("0 25 * * *", 'its hour, "25", is not of 0 to 23'),
        ("60 2 * * *", 'its minute, "60", is not of 0 to 59'),
        ("0 2 0 * *", 'its day of the month, "0", is not of 1 to 31'),
        ("0 2 * 13 *", "its month"),
        ("0 2 * * funday", "or sun to sat"),
        ("*/0 2 * * *", "the step of its minute"),
        ("0 9-7 * * *", "runs backwards"),
        ("0 0 30 2 *", "never comes due"),
        ("0 0 31 4,6 *", "never comes due"),
        ("@nightly", 'did you mean "@midnight"'),
        ("R 2 * * *", "its minute"),
    ],
)
def test_what_is_no_line(line: str, complaint: str) -> None:
    with pytest.raises(InvalidInput) as mistake:
        checked_cron(line)
    assert complaint in str(mistake.value)
    assert "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    "line",
    [
        "0 2 * * *",
        "*/15 9-17 * * mon-fri",
        "0 0 29 2 *",
        "0 0 31 * 0",
        "5,10 2-4/2 1 jan,JUL 7",
        "0 0 31 1,4 *",
    ],
)
def test_what_is_a_line_is_one_to_prefect_too(line: str) -> None:
    from prefect.client.schemas.schedules import CronSchedule

    assert CronSchedule(cron=checked_cron(line), timezone="UTC").cron == line
    assert len(next_times(line, "UTC", 2, datetime(2026, 1, 1, tzinfo=UTC))) == 2


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("Rome", "Europe/Rome"),
        ("Europe/Rom", "Europe/Rome"),
        ("America/New York", "America/New_York"),
        ("eurpoe/berlin", "Europe/Berlin"),
    ],
)
def test_zone_that_is_misspelt(name: str, like: str) -> None:
    with pytest.raises(InvalidInput, match=f'did you mean "{like}"'):
        checked_zone(name)


def test_two_o_clock_is_two_o_clock_through_the_change_of_clocks() -> None:
    # In Rome the clocks go back on 25 October 2026 at three: the night has 25 hours.
    times = next_times("0 4 * * *", "Europe/Rome", 3, datetime(2026, 10, 24, 0, tzinfo=UTC))
    assert [time.astimezone(UTC).hour for time in times] == [2, 3, 3]
    # On 29 March there is no half past two; Prefect's scheduler does not run twice or at another hour the night after.
    spring = next_times("30 2 * * *", "Europe/Rome", 3, datetime(2026, 3, 28, 0, tzinfo=UTC))
    assert len({time.astimezone(UTC).date() for time in spring}) == 3


def test_times_between_leave_out_both_ends() -> None:
    two = datetime(2026, 11, 27, 2, tzinfo=UTC)
    found = times_between("0 2 * * *", "UTC", two, two.replace(day=30))
    assert [time.day for time in found] == [28, 29]
    assert times_between("0 2 * * *", "UTC", two, two) == []
    assert times_between("0 2 * * *", "UTC", two, two.replace(day=26)) == []
