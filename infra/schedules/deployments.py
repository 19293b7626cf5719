"""Schedules as Prefect keeps them: a deployment each, of a flow that is named by its module and never by a file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from matsluice.infra.mistakes import InvalidInput, unknown_word

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

TAG = "matsluice"
PAGE = 200  # rows the API gives at most in one answer


@dataclass(frozen=True, slots=True)
class Schedule:
    """When what runs.

    Attributes
    ----------
    name
        The deployment's name.
    entrypoint
        ``package.module.flow``.
    flow_name
        The flow's name in Prefect.
    parameters
        The flow's parameters; "workspace" tells schedules of one name apart.
    cron, zone
        When.
    pool
        Work pool whose workers execute it; "" where `matsluice serve` does.
    labels
        Tags beside `TAG`.
    """

    name: str
    entrypoint: str
    flow_name: str
    parameters: Mapping[str, Any]
    cron: str
    zone: str
    pool: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """A schedule that Prefect has.

    Attributes
    ----------
    since
        When it last began to count: when it was made, changed or resumed.
    paused
        Whether it makes no runs now.
    """

    id: UUID
    schedule: Schedule
    paused: bool
    since: datetime

    @property
    def workspace(self) -> str:
        """The workspace it runs in."""
        return str(self.schedule.parameters.get("workspace") or "")


def register(client: SyncPrefectClient, wanted: Schedule, parameter_schema: Mapping[str, Any]) -> str:
    """Have Prefect make runs by a schedule; said twice it is registered once.

    Runs of one deployment never overlap: a run that comes due during another waits in Prefect's queue.

    Parameters
    ----------
    client
        Of the API.
    wanted
        The schedule.
    parameter_schema
        JSON schema of the flow's parameters, for the UI's form.

    Returns
    -------
    str
        "registered", "changed" or "unchanged".

    Raises
    ------
    InvalidInput
        The name is another workspace's.
    """
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
    from prefect.client.schemas.schedules import CronSchedule

    there = next((each for each in registered(client) if each.schedule.name == wanted.name), None)
    if there is not None:
        if there.workspace != str(wanted.parameters.get("workspace") or ""):
            raise InvalidInput(
                f'the schedule "{wanted.name}" is that of workspace {there.workspace}: give this one another --name'
            )
        if there.schedule == wanted:
            return "unchanged"
    if wanted.pool:
        _make_pool(client, wanted.pool)
    client.create_deployment(
        flow_id=client.create_flow_from_name(wanted.flow_name),
        name=wanted.name,
        entrypoint=wanted.entrypoint,
        path=".",
        schedules=[
            DeploymentScheduleCreate(
                schedule=CronSchedule(cron=wanted.cron, timezone=wanted.zone), active=True
            )
        ],
        paused=there is not None and there.paused,
        concurrency_limit=1,
        concurrency_options=ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        parameters=dict(wanted.parameters),
        parameter_openapi_schema=dict(parameter_schema),
        enforce_parameter_schema=False,
        tags=[TAG, *wanted.labels],
        work_pool_name=wanted.pool or None,
    )
    return "registered" if there is None else "changed"


def _make_pool(client: SyncPrefectClient, name: str) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    with suppress(ObjectAlreadyExists):
        client.create_work_pool(
            WorkPoolCreate(name=name, type=ProcessWorker.type, base_job_template=template)
        )


def registered(client: SyncPrefectClient) -> list[Registered]:
    """Return every schedule of matsluice's that the API has, by name."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags

    mine = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    rows: list[DeploymentResponse] = []
    while len(page := client.read_deployments(deployment_filter=mine, limit=PAGE, offset=len(rows))) == PAGE:
        rows += page
    flows: dict[UUID, str] = {}
    found = []
    for row in [*rows, *page]:
        if row.flow_id not in flows:
            flows[row.flow_id] = client.read_flow(row.flow_id).name
        found.append(_of(row, flows[row.flow_id]))
    return sorted(found, key=lambda each: each.schedule.name)


def _of(row: DeploymentResponse, flow_name: str) -> Registered:
    timed = [each for each in row.schedules if getattr(each.schedule, "cron", None)]
    active = next((each for each in timed if each.active), timed[0] if timed else None)
    schedule = Schedule(
        name=row.name,
        entrypoint=row.entrypoint or "",
        flow_name=flow_name,
        parameters=row.parameters,
        cron=getattr(active.schedule, "cron", "") if active else "",
        zone=(getattr(active.schedule, "timezone", "") if active else "") or "UTC",
        pool=row.work_pool_name or "",
        labels=tuple(tag for tag in row.tags if tag != TAG),
    )
    since = (active.updated or active.created) if active else None
    paused = row.paused or active is None or not active.active
    return Registered(row.id, schedule, paused, since or row.created or datetime.now().astimezone())


def find(client: SyncPrefectClient, name: str) -> Registered:
    """Return the schedule of a name.

    Raises
    ------
    InvalidInput
        There is none, with the names there are.
    """
    there = registered(client)
    for each in there:
        if each.schedule.name == name:
            return each
    names = [each.schedule.name for each in there]
    raise InvalidInput(
        unknown_word("schedule", name, names)
        if names
        else f'there is no schedule "{name}", nor any other: make one with `matsluice schedule F --cron "0 2 * * *"`'
    )


def pause(client: SyncPrefectClient, each: Registered) -> None:
    """Have no more runs made; those that wait for their time are taken back."""
    client.pause_deployment(each.id)


def resume(client: SyncPrefectClient, each: Registered) -> None:
    """Have runs made again from now on."""
    for row in client.read_deployment_schedules(each.id):
        # Also where it is active: the times while the deployment was paused then count as not wanted.
        client.update_deployment_schedule(each.id, row.id, active=True)
    client.resume_deployment(each.id)


def remove(client: SyncPrefectClient, each: Registered) -> None:
    """Take a schedule away; its runs stay in Prefect's history."""
    client.delete_deployment(each.id)
