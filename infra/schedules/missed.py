"""Times that came due while nobody was there to run: found, closed in Prefect, and made up for by one run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from matsluice.infra.schedules.cron import times_between
from matsluice.infra.workspace.atomic_files import read_json, write_json

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

    from matsluice.infra.schedules.deployments import Registered

PAGE = 200
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Due:
    """The times of a schedule since it was last run.

    Attributes
    ----------
    stands_for
        The latest, which a run that starts now stands for; None where none has come yet.
    missed
        Those before it, at which nothing ran.
    """

    stands_for: datetime | None
    missed: tuple[datetime, ...]


def due(each: Registered, handled: datetime | None, now: datetime) -> Due:
    """Return which times of a schedule have come since it was made, changed, resumed or last run.

    Parameters
    ----------
    each
        The schedule.
    handled
        The time its last run stood for.
    now
        The present moment, or the time of the run that starts, which may be some seconds ahead.
    """
    if each.paused or not each.schedule.cron:
        return Due(None, ())
    since = each.since if handled is None else max(each.since, handled)
    times = times_between(each.schedule.cron, each.schedule.zone, since, _just_after(now))
    return Due(times[-1], tuple(times[:-1])) if times else Due(None, ())


def _just_after(now: datetime) -> datetime:
    return datetime.fromtimestamp(now.timestamp() + 1.0, UTC)


def close_overdue(client: SyncPrefectClient, deployment: UUID, now: datetime, mine: UUID | None) -> int:
    """Close the runs that Prefect had made for times that have passed and that nobody has begun.

    Without it every missed night would be run, one after the other, on the same data. Runs that a person has
    asked for stay.

    Returns
    -------
    int
        How many there were.
    """
    from prefect.client.schemas.objects import State, StateType

    closed = 0
    for run in waiting_runs(client, deployment, now):
        if run.id != mine and run.auto_scheduled:
            message = "nothing could run at this time; one later run makes up for it"
            client.set_flow_run_state(
                run.id, State(type=StateType.CANCELLED, name="Missed", message=message), force=True
            )
            closed += 1
    return closed


def waiting_runs(client: SyncPrefectClient, deployment: UUID, now: datetime) -> list[FlowRun]:
    """Return the runs of a deployment whose time has come and that have not begun."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterExpectedStartTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    overdue = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=cast("Any", now)),
    )
    rows: list[FlowRun] = []
    while len(page := client.read_flow_runs(flow_run_filter=overdue, limit=PAGE, offset=len(rows))) == PAGE:
        rows += page
    return [*rows, *page]


def read_handled(campaign_folder: Path, name: str) -> datetime | None:
    """Return the time that a schedule's last run stood for, None before its first."""
    text = _records(campaign_folder).get(name)
    return None if text is None else datetime.fromisoformat(text)


def note_handled(campaign_folder: Path, name: str, moment: datetime) -> None:
    """Note which time a schedule's run stands for."""
    records = _records(campaign_folder)
    write_json(campaign_folder / "scheduled.json", {**records, name: moment.astimezone(UTC).isoformat()})


def _records(campaign_folder: Path) -> dict[str, Any]:
    path = campaign_folder / "scheduled.json"
    if not path.exists():
        return {}
    records: dict[str, Any] = read_json(path)
    return records


def times_text(times: Iterable[datetime]) -> str:
    """Return times as people read them, the first few of many.

    Examples
    --------
    >>> times_text([datetime(2026, 11, 27, 2, 0), datetime(2026, 11, 28, 2, 0)])
    'Fri 27 Nov 02:00, Sat 28 Nov 02:00'
    """
    every: Sequence[datetime] = list(times)
    shown = ", ".join(f"{each:%a} {each.day} {each:%b %H:%M}" for each in every[:SHOWN])
    return shown if len(every) <= SHOWN else f"{shown} and {len(every) - SHOWN} more"
