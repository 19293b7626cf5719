"""A campaign as Prefect runs it by schedule: in a process of its own, which Prefect ends when the run is cancelled."""

from __future__ import annotations

import contextvars
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, get_run_logger
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import Abort, Pause, TerminationSignal

from matsluice.flows.campaign_file import load_campaign
from matsluice.flows.run_directory import RunDirectory, latest_path
from matsluice.infra.interruption import (
    check_stop,
    listening_to_a_supervisor,
    wait_for_stop,
    wait_for_termination,
)
from matsluice.infra.mistakes import Failed, Interrupted
from matsluice.infra.schedules.deployments import registered
from matsluice.infra.schedules.missed import close_overdue, due, note_handled, read_handled, times_text
from matsluice.infra.schedules.wishes import set_cancelled, wish_of
from matsluice.infra.servers.prefect_server import start_prefect
from matsluice.infra.workspace.file_lock import held, is_held
from matsluice.infra.workspace.layout import Workspace
from matsluice.infra.workspace.run_lock import AlreadyRunning, is_running

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

    from matsluice.flows.campaign_file import Campaign

ENTRYPOINT = "matsluice.flows.scheduled.scheduled_campaign"
FLOW_NAME = "scheduled campaign"
WAIT_HOURS = 12.0
LOOK_EVERY_S = 1.0
SAY_EVERY_S = 600.0
# Prefect's runner sees a cancelled run within some 10 s, and ends the process then.
TERMINATION_WAIT_S = 15.0


@flow(name=FLOW_NAME, validate_parameters=False)
def scheduled_campaign(path: str, workspace: str | None = None, wait_hours: float = WAIT_HOURS) -> str:
    """Run a campaign because its time has come, and return the run's folder.

    Parameters
    ----------
    path
        The campaign file.
    workspace
        Folder in place of the file's.
    wait_hours
        How long to wait for a run of the same campaign that somebody has started by hand.
    """
    asked = load_campaign(path, workspace=workspace)
    # The server of the workspace lives until this process has told it its end: it is let go of by the exit.
    start_prefect(asked.workspace)
    outcome: dict[str, Any] = {}
    with listening_to_a_supervisor(), seen_alive(asked):
        work = threading.Thread(
            target=contextvars.copy_context().run, args=(_run, asked, path, workspace, wait_hours, outcome)
        )
        work.start()
        while work.is_alive():
            work.join(LOOK_EVERY_S)
        error = outcome.get("error")
        if error is not None:
            suspended = isinstance(error, Pause)
            say(f"{asked.name}: {'suspended; it goes on when it is resumed' if suspended else error}")
            _end_as_wished(asked, error)
            raise error
    summary = outcome["summary"]
    say(f"{asked.name}: completed, {summary['directory']}")
    return str(summary["directory"])


def _run(
    asked: Campaign, path: str, workspace: str | None, wait_hours: float, outcome: dict[str, Any]
) -> None:
    from matsluice.flows.start import run

    try:
        deadline = time.monotonic() + 3600 * wait_hours
        while "summary" not in outcome:
            _wait_until_free(asked, deadline, wait_hours)
            occasion = this_occasion(asked)
            with suppress(AlreadyRunning):  # somebody was faster
                outcome["summary"] = run(path, workspace, occasion=occasion)
    except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
        outcome["error"] = error


def _wait_until_free(asked: Campaign, deadline: float, wait_hours: float) -> None:
    """Return when no other process runs the campaign.

    Raises
    ------
    Failed
        Not before the deadline.
    Interrupted
        A stop was asked for.
    """
    folder = Workspace(asked.workspace).campaign_folder(asked.name)
    said = -SAY_EVERY_S
    while is_running(folder):
        if time.monotonic() > deadline:
            raise Failed(
                f"campaign {asked.name} was run by another process for more than {wait_hours:g} h: "
                "look at it with `matsluice status`; the next scheduled run tries again"
            )
        if time.monotonic() - said >= SAY_EVERY_S:
            said = time.monotonic()
            say(f"{asked.name}: a run started by hand is under way; this one waits for its end")
        wait_for_stop(LOOK_EVERY_S)
        check_stop()
    check_stop()


def this_occasion(asked: Campaign) -> dict[str, Any] | None:
    """Return why the campaign is run now, and close the runs of missed times; None where no schedule asks for it."""
    context = FlowRunContext.get()
    flow_run = context.flow_run if context else None
    if flow_run is None or flow_run.deployment_id is None:
        return None
    folder = Workspace(asked.workspace).campaign_folder(asked.name)
    with get_client(sync_client=True) as client:
        mine = next((each for each in registered(client) if each.id == flow_run.deployment_id), None)
        if mine is None:
            return None
        now = _moment_of(flow_run)
        name = mine.schedule.name
        times = due(mine, read_handled(folder, name), now)
        close_overdue(client, mine.id, now, flow_run.id)
    if times.stands_for is not None:
        note_handled(folder, name, times.stands_for)
    if times.missed:
        say(f"{asked.name}: {missed_sentence(times.missed)}")
    return {
        "schedule": name,
        "cron": mine.schedule.cron,
        "zone": mine.schedule.zone,
        "due": None if times.stands_for is None else times.stands_for.isoformat(),
        "missed": [each.isoformat() for each in times.missed],
    }


def missed_sentence(times: tuple[datetime, ...]) -> str:
    """Return the sentence that times were missed, which one run makes up for."""
    count = "1 time was" if len(times) == 1 else f"{len(times)} times were"
    return f"{count} missed ({times_text(times)}); one run makes up for all"


def _moment_of(flow_run: FlowRun) -> datetime:
    """Return the present, or the run's time, ahead of which Prefect starts it by some seconds."""
    now = datetime.now().astimezone()
    expected = flow_run.expected_start_time
    return max(now, expected) if expected is not None and flow_run.auto_scheduled else now


def _end_as_wished(asked: Campaign, error: BaseException) -> None:
    """Raise what makes Prefect show a run that was stopped as cancelled, suspended or terminated."""
    context = FlowRunContext.get()
    if not isinstance(error, Interrupted) or context is None or context.flow_run is None:
        return
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(context.flow_run.id)
    wish = wish_of(flow_run)
    if wish == "suspend":
        raise Pause(state=flow_run.state)
    if wish == "cancel":
        _note_cancelled(asked)
        # Who has sent the signal writes the last state; a termination raised here would show as a crash before.
        if not wait_for_termination(TERMINATION_WAIT_S):
            set_cancelled(flow_run.id, "cancelled; the next run goes on from here")
        raise Abort("cancelled in Prefect")
    if wait_for_termination(0.0):
        raise TerminationSignal(signal=signal.SIGTERM)


def _note_cancelled(asked: Campaign) -> None:
    latest = latest_path(Workspace(asked.workspace), asked.name)
    if latest is None:
        return
    run = RunDirectory(latest)
    state = run.state()
    run.tell(cancelled=True)
    with suppress(Exception):  # what is below it was stopped, and would show as failed
        set_cancelled(state["prefect"]["flow_run_id"], "cancelled; the next run goes on from here")


@contextmanager
def seen_alive(asked: Campaign) -> Iterator[None]:
    """Hold a file by which `matsluice serve` tells a run whose process lives from one whose process is gone."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        yield
        return
    file = _alive_file(Workspace(asked.workspace), asked.name, str(context.flow_run.id))
    try:
        with held(file):
            yield
    finally:
        file.unlink(missing_ok=True)


def is_alive(workspace: Path, campaign: str, flow_run_id: str) -> bool:
    """Return whether the process that executes a flow run lives."""
    return is_held(_alive_file(Workspace(workspace), campaign, flow_run_id))


def _alive_file(workspace: Workspace, campaign: str, flow_run_id: str) -> Path:
    return workspace.campaign_folder(campaign) / f".scheduled-{flow_run_id}"


def say(sentence: str, tell: Callable[[str], object] | None = None) -> None:
    """Say a sentence in Prefect's log of the run and on stderr, which `matsluice serve` shows."""
    with suppress(Exception):
        get_run_logger().info(sentence)
    (tell or sys.stderr.write)(f"{sentence}\n")
    sys.stderr.flush()
