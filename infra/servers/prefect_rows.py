"""What a run left in Prefect's database: seeing that all of it is there, and closing what was left open.

Task runs reach the server as events, some time after the tasks ended. A server that is stopped at once has
not written most of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from matsluice.infra.servers.prefect_events import current_post

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, TaskRun

LOOK_EVERY_S = 0.1
RECORD_WAIT_S = 60.0
QUIET_S = 2.0  # twice the interval at which the embedded server writes task runs
PAGE = 200  # rows the API gives at most in one answer


@dataclass(frozen=True, slots=True)
class RowCount:
    """Task runs in the database: how many tasks are finished and unfinished, and which rows are in a last state."""

    finished: int = -1
    unfinished: int = 0
    ended: frozenset[UUID] = frozenset()


def wait_until_recorded(
    flow_run_id: UUID | str, expected: int | None = None, timeout_s: float = RECORD_WAIT_S
) -> int:
    """Wait until the task runs of a flow run, and of its sub-flows, are in the database in their last state.

    Call it after the flow returned and before the server is stopped, inside `prefect_settings`, from any
    thread without an event loop. It also sends what this process still holds back: events and
    lines for the UI. What a killed server had in memory and did not write is told again.

    Parameters
    ----------
    flow_run_id
        The outermost flow run.
    expected
        Number of tasks that were run. Where it is not known, the rows are complete when every task run that
        has told of its end is among them, none is unfinished, and none came for two seconds.
    timeout_s
        Seconds to wait at most.

    Returns
    -------
    int
        Number of task runs recorded in a last state; less than expected where time ran out.

    Raises
    ------
    httpx.HTTPError
        The server cannot be reached.
    """
    from prefect.client.orchestration import get_client

    deadline = time.monotonic() + timeout_s
    send_what_is_held_back(timeout_s)
    post = current_post()
    count, since = RowCount(), time.monotonic()
    with get_client(sync_client=True) as client:
        while True:
            before, count = count, _count_task_runs(client, UUID(str(flow_run_id)))
            missing = post.ended_task_runs() - count.ended if post is not None else set()
            if before != count:
                since = time.monotonic()
            quiet = time.monotonic() - since >= QUIET_S
            complete = count.finished == expected or (expected is None and quiet and not count.unfinished)
            if (complete and not missing) or time.monotonic() > deadline:
                return count.finished
            if post is not None and missing and quiet:
                post.tell_again(client, missing)
                since = time.monotonic()
            time.sleep(LOOK_EVERY_S)


def close_abandoned(flow_run_id: UUID | str, reason: str) -> int:
    """Mark what a killed process left running as crashed: the UI would show it as running for ever.

    Parameters
    ----------
    flow_run_id
        The outermost flow run of the process that is gone.
    reason
        What the UI shows: "the process was killed".

    Returns
    -------
    int
        Number of flow runs that were open.
    """
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Crashed

    with get_client(sync_client=True) as client:
        try:
            runs = flow_run_tree(client, UUID(str(flow_run_id)))
        except ObjectNotFound:
            return 0  # another workspace's, or an emptied database
        left_open = [run for run in runs if run.state is None or not run.state.is_final()]
        for run in left_open:
            client.set_flow_run_state(run.id, Crashed(message=reason), force=True)
        for task in _task_runs(client, runs):
            if task.state is None or not task.state.is_final():
                client.set_task_run_state(task.id, Crashed(message=reason), force=True)
    return len(left_open)


def send_what_is_held_back(timeout_s: float) -> None:
    """Send the events and the lines for the UI that this process still keeps, `timeout_s` each at most."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    EventsWorker.drain_all(timeout=timeout_s)
    post = current_post()
    if post is not None:
        post.wait_until_sent(timeout_s)
    APILogWorker.drain_all(timeout=timeout_s)


def flow_run_tree(client: SyncPrefectClient, root: UUID) -> list[FlowRun]:
    """Return a flow run and every flow run below it, the outermost first."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId

    runs = level = [client.read_flow_run(root)]
    while level:
        parents = FlowRunFilter(
            parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run.id for run in level])
        )
        level = client.read_flow_runs(flow_run_filter=parents, limit=PAGE)
        runs = runs + level
    return runs


def _count_task_runs(client: SyncPrefectClient, root: UUID) -> RowCount:
    """Count the rows of task runs; those that stand for sub-flows are no tasks."""
    tree = flow_run_tree(client, root)
    stand_for_sub_flows = {run.parent_task_run_id for run in tree}
    rows = _task_runs(client, tree)
    ended = frozenset(row.id for row in rows if row.state is not None and row.state.is_final())
    tasks = {row.id for row in rows} - stand_for_sub_flows
    return RowCount(len(tasks & ended), len(tasks - ended), ended)


def _task_runs(client: SyncPrefectClient, runs: list[FlowRun]) -> list[TaskRun]:
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    mine = FlowRunFilter(id=FlowRunFilterId(any_=[run.id for run in runs]))
    rows: list[TaskRun] = []
    while len(page := client.read_task_runs(flow_run_filter=mine, limit=PAGE, offset=len(rows))) == PAGE:
        rows += page
    return [*rows, *page]
