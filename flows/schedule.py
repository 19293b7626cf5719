"""A campaign's schedule: registered, listed, paused, resumed, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from matsluice.infra.schedules.client import prefect_of
from matsluice.infra.schedules.cron import checked_cron, next_times
from matsluice.infra.schedules.time_zones import checked_zone, local_zone

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from matsluice.flows.campaign_file import Campaign
    from matsluice.infra.schedules.deployments import Registered

SHOWN_TIMES = 3


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a campaign is to run, checked.

    Attributes
    ----------
    cron, zone
        As Prefect takes them.
    name
        The schedule's.
    pool
        Work pool; "" for `matsluice serve`.
    """

    cron: str
    zone: str
    name: str
    pool: str = ""

    @classmethod
    def checked(cls, cron: str, zone: str, name: str, pool: str = "") -> Timetable:
        """Return the timetable of a person's words; no zone is the machine's own.

        Raises
        ------
        InvalidInput
            No such times, or no such zone.
        """
        return cls(checked_cron(cron), checked_zone(zone) if zone else local_zone(), name, pool)

    def named(self, name: str) -> Timetable:
        """Return the same under a name."""
        return replace(self, name=name)


def schedule_campaign(path: Path, campaign: Campaign, asked: Timetable) -> dict[str, Any]:
    """Register a campaign's timetable and return what came of it, with the next times it runs.

    Raises
    ------
    InvalidInput
        The workspace cannot be written, or the name is another workspace's.
    """
    from matsluice.infra.schedules.deployments import Schedule, find, register
    from matsluice.infra.workspace.layout import Workspace

    Workspace(campaign.workspace).check_writable()
    with prefect_of(campaign.workspace) as client:
        from prefect.utilities.callables import parameter_schema

        from matsluice.flows.scheduled import ENTRYPOINT, FLOW_NAME, scheduled_campaign

        wanted = Schedule(
            name=asked.name,
            entrypoint=ENTRYPOINT,
            flow_name=FLOW_NAME,
            parameters={"path": str(path.resolve()), "workspace": str(campaign.workspace.resolve())},
            cron=asked.cron,
            zone=asked.zone,
            pool=asked.pool,
            labels=(campaign.name,),
        )
        outcome = register(client, wanted, parameter_schema(scheduled_campaign).model_dump())
        return {"outcome": outcome, **record(find(client, asked.name))}


def record(each: Registered) -> dict[str, Any]:
    """Return what is known of a schedule, its next times in its own zone among it."""
    schedule = each.schedule
    times: list[datetime] = []
    if schedule.cron and not each.paused:
        times = next_times(schedule.cron, schedule.zone, SHOWN_TIMES, datetime.now().astimezone())
    return {
        "name": schedule.name,
        "campaign_file": schedule.parameters.get("path"),
        "workspace": each.workspace,
        "cron": schedule.cron,
        "timezone": schedule.zone,
        "pool": schedule.pool or None,
        "paused": each.paused,
        "next": [time.astimezone(ZoneInfo(schedule.zone)).isoformat() for time in times],
        "deployment_id": str(each.id),
    }


def list_schedules(workspace: Path) -> list[dict[str, Any]]:
    """Return every schedule that the workspace's Prefect has."""
    from matsluice.infra.schedules.deployments import registered

    with prefect_of(workspace) as client:
        return [record(each) for each in registered(client)]


def change_schedule(
    workspace: Path, name: str, change: Callable[[SyncPrefectClient, Registered], None]
) -> dict[str, Any] | None:
    """Pause, resume or remove the schedule of a name, and return it as it then is, None where it is no more.

    Raises
    ------
    InvalidInput
        There is none.
    """
    from matsluice.infra.schedules.deployments import find, registered

    with prefect_of(workspace) as client:
        change(client, find(client, name))
        return next((record(each) for each in registered(client) if each.schedule.name == name), None)
