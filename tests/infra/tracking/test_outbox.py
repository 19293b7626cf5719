from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from matsluice.infra import interruption
from matsluice.infra.mistakes import Failed, Interrupted
from matsluice.infra.tracking.away import Away
from matsluice.infra.tracking.outbox import Outbox, Undelivered, Waiting


@pytest.fixture
def heard() -> list[Waiting | None]:
    return []


@pytest.fixture
def outbox(heard: list[Waiting | None]) -> Iterator[Outbox]:
    box = Outbox(heard.append)
    yield box
    box.close(5)


@pytest.fixture
def stop() -> Iterator[Callable[[], None]]:
    yield interruption.request_stop
    interruption._wish.clear()


def refused() -> None:
    raise Away("cannot log (http://127.0.0.1:1): connection refused", "connection refused")


def test_deeds_are_done_in_order_and_nobody_waits_for_them(outbox: Outbox) -> None:
    told: list[int] = []
    gate = threading.Event()
    outbox.put(gate.wait)
    for number in range(20):
        outbox.put(lambda number=number: number, then=told.append)  # type: ignore[misc]
    assert told == []
    gate.set()
    outbox.drain()
    assert told == list(range(20))


def test_a_deed_is_done_again_until_mlflow_is_back(outbox: Outbox, heard: list[Waiting | None]) -> None:
    tries: list[str] = []
    told: list[str] = []

    def log() -> str:
        tries.append("")
        if len(tries) < 4:
            refused()
        return "f3a9"

    gate = threading.Event()
    outbox.put(gate.wait)
    outbox.put(log, then=told.append)
    outbox.put(lambda: "0b2c", then=told.append)
    gate.set()
    outbox.drain()
    assert (len(tries), told) == (4, ["f3a9", "0b2c"])
    assert [each and (each.records, each.reason) for each in heard] == [
        (2, "connection refused"),
        (2, "connection refused"),
        (2, "connection refused"),
        None,
    ]
    assert len({each.since for each in heard if each is not None}) == 1
    assert outbox.waiting is None


def test_what_mlflow_refuses_ends_the_outbox_with_its_sentence(outbox: Outbox) -> None:
    done: list[int] = []

    def refuse() -> None:
        raise Failed("cannot log parameters in MLflow: changing param values is not allowed")

    outbox.put(refuse)
    with pytest.raises(Failed, match="not allowed"):
        outbox.drain()
    with pytest.raises(Failed, match="not allowed"):
        outbox.put(lambda: done.append(1))
    assert done == []


def test_patience_ends_with_one_sentence(outbox: Outbox) -> None:
    outbox.put(lambda: None)
    outbox.put(refused)
    outbox.put(lambda: None)
    with pytest.raises(
        Undelivered, match=r"\(connection refused\) and 2 records wait for it: results are on"
    ):
        outbox.drain(patience_s=0.5)
    assert outbox.waiting is not None
    assert outbox.waiting.records == 2


def test_a_stop_is_heard_while_waiting(outbox: Outbox, stop: Callable[[], None]) -> None:
    outbox.put(refused)
    threading.Timer(0.3, stop).start()
    began = time.monotonic()
    with pytest.raises(Interrupted, match="stopped on request"):
        outbox.drain()
    assert time.monotonic() - began < 30  # the allowance is five minutes
    assert not outbox.emptied_within(0.1)


def test_what_is_done_after_the_end_is_not_told() -> None:
    begun, gate, done = threading.Event(), threading.Event(), threading.Event()
    told: list[object] = []
    box = Outbox()

    def slow() -> None:
        begun.set()
        gate.wait()
        done.set()

    box.put(slow, then=told.append)
    box.put(lambda: told.append("later"))
    assert begun.wait(60)
    box.close()  # does not wait for the call that hangs
    gate.set()
    assert done.wait(60)
    box.close(5)
    assert told == []
