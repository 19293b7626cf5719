"""Executing what is scheduled: Prefect's runner, with what it lacks for nights on which the machine was off."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.schedules.client import prefect_of
from matsluice.infra.schedules.deployments import Registered, registered
from matsluice.infra.workspace.file_lock import Held, held
from matsluice.infra.workspace.layout import Workspace
from matsluice.infra.workspace.run_lock import is_running

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.runner import Runner

LOOK_EVERY_S = 10.0  # for schedules that were added meanwhile
POLL_EVERY_S = 5.0  # for runs whose time has come

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class KnownDeployment:
    """A deployment that Prefect has, as `Runner.add_deployment` takes one.

    It is not written anew, which would undo what a person has changed in the UI.
    """

    id: UUID
    name: str
    storage: None = None

    async def aapply(self) -> UUID:
        """Return the id."""
        return self.id


@contextmanager
def only_serving(workspace: Path) -> Iterator[None]:
    """Hold the workspace's serving for the length of the block.

    Raises
    ------
    InvalidInput
        Another process serves it.
    """
    try:
        with held(workspace / "servers" / "serve.lock"):
            yield
    except Held as other:
        raise InvalidInput(
            f"workspace {workspace} is served already, by process {other.holder}: one is enough"
        ) from None


def serve(workspace: Path, say: Say) -> None:
    """Execute the workspace's schedules until SIGINT or SIGTERM; the runs under way then end, resumably.

    Parameters
    ----------
    workspace
        The workspace's folder.
    say
        What is told every sentence.

    Raises
    ------
    InvalidInput
        Another process serves it.
    Failed
        Prefect's server does not come up, or its runner has ended.
    """
    with only_serving(workspace), prefect_of(workspace) as client:
        for each in served(client, workspace):
            take_stock(client, each, say)
        asyncio.run(_run_until_signal(client, workspace, say))


def served(client: SyncPrefectClient, workspace: Path) -> list[Registered]:
    """Return the schedules of the workspace that no work pool executes."""
    mine = str(workspace.resolve())
    return [each for each in registered(client) if each.workspace == mine and not each.schedule.pool]


def take_stock(client: SyncPrefectClient, each: Registered, say: Say) -> None:
    """Close what a killed run has left open, say which times were missed, and have one run make up for them."""
    from matsluice.flows.scheduled import is_alive, missed_sentence
    from matsluice.infra.schedules.missed import due, read_handled, waiting_runs
    from matsluice.infra.servers.prefect_rows import close_abandoned

    name = each.schedule.name
    campaign = each.schedule.labels[0] if each.schedule.labels else name
    workspace = Path(each.workspace)
    under_way = is_running(Workspace(workspace).campaign_folder(campaign))
    for run_id in _open_runs(client, each.id):
        if is_alive(workspace, campaign, str(run_id)):
            under_way = True
        else:
            close_abandoned(run_id, "the process that executed it is gone; a later run goes on from there")
    if under_way:
        say(f"{name}: a run is under way and goes on")
        return
    now = datetime.now().astimezone()
    times = due(each, read_handled(workspace / "runs" / campaign, name), now)
    every = (*times.missed, *((times.stands_for,) if times.stands_for else ()))
    if every:
        say(f"{name}: {missed_sentence(every)}")
    # A run whose time has come is executed as it is; else one is asked for.
    if not each.paused and not waiting_runs(client, each.id, now):
        if every:
            client.create_flow_run_from_deployment(each.id, tags=["makes up for missed times"])
        elif _was_stopped(workspace, campaign):
            say(f"{name}: the last run was stopped before its end, and is taken up again")
            client.create_flow_run_from_deployment(each.id, tags=["goes on"])


def _open_runs(client: SyncPrefectClient, deployment: UUID) -> list[UUID]:
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    under_way = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    runs = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=under_way)),
        )
    )
    return [run.id for run in runs]


def _was_stopped(workspace: Path, campaign: str) -> bool:
    """Return whether the campaign's latest run, begun by schedule, has not come to its end and was not cancelled."""
    from matsluice.flows.run_directory import UNFINISHED, RunDirectory, latest_path

    latest = latest_path(Workspace(workspace), campaign)
    if latest is None:
        return False
    state = RunDirectory(latest).state()
    unfinished = state["status"] in UNFINISHED or state.get("resumable", False)
    return bool(unfinished and state.get("occasion") and not state.get("cancelled"))


async def _run_until_signal(client: SyncPrefectClient, workspace: Path, say: Say) -> None:
    """Keep a runner polling until a signal comes.

    Raises
    ------
    Failed
        The runner has ended by itself.
    """
    from prefect.runner import Runner

    # Prefect's own default pauses every schedule when the runner ends.
    runner = Runner(name="matsluice-serve", pause_on_shutdown=False, query_seconds=POLL_EVERY_S)
    known: set[UUID] = set()
    await _add_new(runner, client, workspace, known, say)
    polling = asyncio.create_task(runner.start())
    while not runner.started and not polling.done():
        await asyncio.sleep(0.05)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not stop.is_set() and not polling.done():
        await _add_new(runner, client, workspace, known, say)
        try:
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
        except TimeoutError:
            continue
    if polling.done():
        raise Failed(f"Prefect's runner has ended: {polling.exception() or 'it gives no reason'}")
    say("stopping: what runs is brought to a state from which it goes on")
    await runner.astop()
    await polling


async def _add_new(
    runner: Runner, client: SyncPrefectClient, workspace: Path, known: set[UUID], say: Say
) -> None:
    try:
        present = await asyncio.to_thread(served, client, workspace)
    except Exception as error:  # noqa: BLE001 - a server that is away for a while is asked again
        say(f"Prefect does not answer ({type(error).__name__}); it is asked again")
        return
    if not present and not known:
        known.add(UUID(int=0))
        say("nothing is scheduled yet: schedules are taken up as they are made")
    for each in present:
        if each.id not in known:
            known.add(each.id)
            deployment: Any = KnownDeployment(each.id, each.schedule.name)
            await runner.aadd_deployment(deployment)
            say(await asyncio.to_thread(_timetable_line, each))


def _timetable_line(each: Registered) -> str:
    from matsluice.flows.schedule import record

    told = record(each)
    if each.paused:
        return f"{each.schedule.name}: paused"
    first: Sequence[str] = told["next"][:1]
    when = datetime.fromisoformat(first[0]).strftime("%a %d %b %Y, %H:%M") if first else "never"
    return f'{each.schedule.name}: "{each.schedule.cron}", next {when} {each.schedule.zone}'
