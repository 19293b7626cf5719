"""What happens to task runs, kept until Prefect has it.

Prefect learns of task runs from events alone. Its own way of sending them, a web socket, takes an event as
delivered when the server has read it, and gives an event up after some ten tries: what a killed server had in
memory, and what happens while it is away for longer, would be lost. Here every event of the process is kept,
sent by a thread of its own for as long as that takes, and can be told again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events import Event

SEND_EVERY_S = 0.5
LONGEST_PAUSE_S = 5.0
REQUEST_S = 10.0  # the server only puts events into its memory, so it answers at once or is away
BATCH = 100
RELATED_WAIT_S = 5.0
RELATED_REST_S = 60.0
TASK_RUN = "prefect.task-run."
FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


class EventPost:
    """Keeps the events of a process and posts them to the Prefect API in order.

    It is handed to Prefect's worker for events as the queue of a parent process, the one place where Prefect
    lets events be taken over.
    """

    def __init__(self) -> None:
        self._kept: list[Event] = []
        self._sent = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._post_all, name="prefect-events", daemon=True)
        self._thread.start()

    def put(self, item: tuple[str, Event]) -> None:
        """Take an event, as ("event", event)."""
        with self._changed:
            self._kept.append(item[1])
            self._changed.notify_all()

    def wait_until_sent(self, timeout_s: float) -> bool:
        """Return whether everything kept was posted within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._sent == len(self._kept), timeout_s)

    def ended_task_runs(self) -> set[UUID]:
        """Return the ids of the task runs that have told of a last state."""
        with self._changed:
            return {task_run_of(event) for event in self._kept if is_last(event)}

    def tell_again(self, client: SyncPrefectClient, task_runs: set[UUID]) -> None:
        """Post every event of these task runs once more; the server writes nothing twice."""
        with self._changed:
            wanted = [
                each
                for each in self._kept
                if each.event.startswith(TASK_RUN) and task_run_of(each) in task_runs
            ]
        for start in range(0, len(wanted), BATCH):
            _post(client, wanted[start : start + BATCH])

    def close(self) -> None:
        """Post no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _post_all(self) -> None:
        from prefect.client.orchestration import get_client

        pause_s = SEND_EVERY_S
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._sent < len(self._kept))
                if self._closed:
                    return
                some = self._kept[self._sent : self._sent + BATCH]
            try:
                with get_client(sync_client=True, httpx_settings={"timeout": REQUEST_S}) as client:
                    _post(client, some)
            except Exception:  # noqa: BLE001 - whatever it is, the events are kept and told again
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                pause_s = SEND_EVERY_S
                with self._changed:
                    self._sent += len(some)
                    self._changed.notify_all()
            with self._changed:
                self._changed.wait_for(lambda: self._closed, pause_s)


def is_last(event: Event) -> bool:
    """Return whether the event says that a task run has come to its last state."""
    return event.event.startswith(TASK_RUN) and event.resource.get("prefect.state-type") in FINAL


def task_run_of(event: Event) -> UUID:
    """Return the id of the task run an event is about."""
    return UUID(event.resource["prefect.resource.id"].removeprefix(TASK_RUN))


def _post(client: SyncPrefectClient, events: Sequence[Event]) -> None:
    client.request("POST", "/events", json=[event.model_dump(mode="json") for event in events])


_current: list[EventPost] = []


def current_post() -> EventPost | None:
    """Return the post in force, or None outside `events_kept`."""
    return _current[-1] if _current else None


@contextmanager
def events_kept() -> Iterator[None]:
    """Have the events of this process kept and posted by an `EventPost`, inside Prefect's settings.

    Not with Prefect Cloud, whose address for events is another.
    """
    from prefect.events.worker import EventsWorker, ProcessPoolForwardingEventsClient, emit_events_to_cloud

    if emit_events_to_cloud():
        yield
        return
    post = EventPost()
    _current.append(post)
    EventsWorker.set_client_override(ProcessPoolForwardingEventsClient, event_queue=post)
    try:
        with _related_where_reachable():
            yield
    finally:
        EventsWorker.set_client_override(None)
        _current.remove(post)
        post.close()


@contextmanager
def _related_where_reachable() -> Iterator[None]:
    """Let events go without the names of their flows while the API is away.

    Prefect looks the names up for its UI, one request after the other, and drops an event for which it
    cannot.
    """
    import asyncio

    from prefect.events.worker import EventsWorker

    look_up = EventsWorker.attach_related_resources_from_context
    rests_until = 0.0

    async def look_up_if_reachable(worker: EventsWorker, event: Event) -> None:
        nonlocal rests_until
        if time.monotonic() < rests_until:
            return
        try:
            await asyncio.wait_for(look_up(worker, event), RELATED_WAIT_S)
        except Exception:  # noqa: BLE001 - no reason is good enough to lose the event
            rests_until = time.monotonic() + RELATED_REST_S

    replaced: Any = EventsWorker
    replaced.attach_related_resources_from_context = look_up_if_reachable
    try:
        yield
    finally:
        with suppress(AttributeError):
            replaced.attach_related_resources_from_context = look_up
