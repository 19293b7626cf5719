"""What is wished of a run in Prefect's UI, by polling: cancelled, suspended, paused, resumed.

Prefect's runner and workers end the process of a run that is cancelled. Nobody does so for a run that was started
by hand, nor for one that is paused; and a task that waits for a cluster for hours is no moment at which Prefect
would look by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from matsluice.infra.interruption import hold_back, request_stop

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

LOOK_EVERY_S = 3.0
REQUEST_S = 10.0  # a server that is away is asked again at the next look

Wish = Literal["run", "cancel", "suspend", "pause"]


def wish_of(flow_run: FlowRun) -> Wish:
    """Return what a flow run's state asks of the process that executes it.

    A suspended run ends and is scheduled anew when it is resumed; a paused one waits where it is.
    """
    from prefect.client.schemas.objects import StateType

    state = flow_run.state
    if state is None:
        return "run"
    if state.type in (StateType.CANCELLING, StateType.CANCELLED):
        return "cancel"
    if state.type is StateType.PAUSED:
        again = state.name == "Suspended" or bool(state.state_details.pause_reschedule)
        return "suspend" if again else "pause"
    return "run"


@contextmanager
def heeding_wishes(flow_run_ids: Sequence[UUID | str]) -> Iterator[None]:
    """Stop or hold this process's run as is wished of any of its flow runs, while the block lasts."""
    ids = [UUID(str(each)) for each in dict.fromkeys(flow_run_ids)]
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(ids, over), name="prefect-wishes", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join(REQUEST_S)
        hold_back(held=False)


def _watch(ids: Sequence[UUID], over: threading.Event) -> None:
    from prefect.client.orchestration import get_client

    while not over.is_set():
        # Whatever it is: the run does not depend on being watched, and the next look has a new client.
        with (
            suppress(Exception),
            get_client(sync_client=True, httpx_settings={"timeout": REQUEST_S}) as client,
        ):
            while not over.wait(LOOK_EVERY_S):
                if not _heed(client, ids):
                    return
        over.wait(LOOK_EVERY_S)


def _heed(client: SyncPrefectClient, ids: Sequence[UUID]) -> bool:
    """Do what is wished, and return whether to go on looking."""
    wishes = {wish_of(client.read_flow_run(each)) for each in ids}
    if wishes & {"cancel", "suspend"}:
        request_stop(cancelled="cancel" in wishes)
        return False
    hold_back(held="pause" in wishes)
    return True


def set_cancelled(flow_run_id: UUID | str, reason: str) -> None:
    """Write into Prefect that a run, with what is below it, was cancelled and has ended."""
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelled

    from matsluice.infra.servers.prefect_rows import flow_run_tree

    with get_client(sync_client=True) as client:
        for each in flow_run_tree(client, UUID(str(flow_run_id))):
            if each.state is None or not (each.state.is_completed() or each.state.is_cancelled()):
                client.set_flow_run_state(each.id, Cancelled(message=reason), force=True)
