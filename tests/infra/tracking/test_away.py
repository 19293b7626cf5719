"""Real trouble: a locked SQLite database, and an MLflow server that is stopped, killed and started again."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from matsluice.infra.mistakes import Failed
from matsluice.infra.servers.mlflow_server import MlflowServer, start_mlflow
from matsluice.infra.servers.ports import free_port
from matsluice.infra.tracking.away import Away
from matsluice.infra.tracking.outbox import Outbox
from matsluice.infra.tracking.records import ModelRunRecord
from matsluice.infra.tracking.store import open_store
from matsluice.infra.tracking.writer import Tracker

RECORD = ModelRunRecord("ridge band_gap random", {"alpha": 1.0}, {"mae": [0.5, 0.4, 0.6]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[MlflowServer]:
    with start_mlflow(folder) as started:
        started.wait_ready()
        yield started


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")


def group_of(server: MlflowServer) -> int:
    """Return the process group of the server, which its guard leads it into."""
    guard = server._process.pid
    (child,) = Path(f"/proc/{guard}/task/{guard}/children").read_text().split()
    return int(child)


def names(tracker: Tracker, parent: str) -> list[str]:
    return sorted(str(run.info.run_name) for run in tracker._runs_under(parent))


def test_a_locked_database_is_away_and_the_record_arrives_when_it_is_freed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = open_store("", tmp_path, patience_s=0.0)
    tracker = Tracker(store, "gaps")
    parent = tracker.start_campaign_run("r")
    told: list[str] = []
    with closing(
        sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("begin exclusive")
        with pytest.raises(Away, match="keeps the database locked: end what else writes to it") as caught:
            tracker.log_model_run(parent, RECORD)
        assert caught.value.reason == "another program keeps the database locked"
        outbox = Outbox()
        outbox.put(lambda: tracker.log_model_run(parent, RECORD), then=told.append)
        threading.Timer(1.0, other.execute, ["rollback"]).start()
        outbox.drain()
        outbox.close(5)
    assert told == [run.info.run_id for run in tracker._runs_under(parent)]
    assert capfd.readouterr() == ("", "")  # MLflow prints a stack trace for every lock


@pytest.mark.faults
def test_a_killed_server_is_away_and_gets_the_record_when_it_is_back(folder: Path) -> None:
    port = free_port()
    with start_mlflow(folder, port=port) as first:
        first.wait_ready()
        store = open_store(first.url, folder, patience_s=0.0)
        tracker = Tracker(store, "killed")
        parent = tracker.start_campaign_run("r")
        os.killpg(group_of(first), signal.SIGKILL)
    with pytest.raises(Away) as caught:
        tracker.log_model_run(parent, RECORD)
    # The connection that was kept open is found to be cut, or a new one is refused.
    assert caught.value.reason in {"connection reset", "connection refused"}
    outbox, told = Outbox(), list[str]()
    outbox.put(lambda: tracker.log_model_run(parent, RECORD), then=told.append)
    with start_mlflow(folder, port=port) as second:
        outbox.drain()
        outbox.close(5)
        assert told == [run.info.run_id for run in tracker._runs_under(parent)]
        assert second.url == first.url


@pytest.mark.faults
@pytest.mark.usefixtures("short_timeout")
def test_what_a_stopped_server_carries_out_late_is_deleted(folder: Path, server: MlflowServer) -> None:
    store = open_store(server.url, folder, patience_s=0.0)
    tracker = Tracker(store, "stopped")
    parent = tracker.start_campaign_run("r")
    os.killpg(group_of(server), signal.SIGSTOP)
    with pytest.raises(Away) as caught:
        tracker.log_model_run(parent, RECORD)
    assert caught.value.reason == "no answer in time"
    os.killpg(group_of(server), signal.SIGCONT)
    # What a server carries out although its client has gone, which some do and some do not.
    tracker._create("late", {"mlflow.parentRunId": parent}, None)
    kept = tracker.log_model_run(parent, RECORD)
    assert names(tracker, parent) == ["late", RECORD.name]
    assert tracker.delete_strays(parent, [kept]) == 1
    assert names(tracker, parent) == [RECORD.name]
    assert tracker.start_campaign_run("r") == parent


@pytest.mark.faults
def test_what_a_server_refuses_fails_at_once(folder: Path, server: MlflowServer) -> None:
    store = open_store(server.url, folder)  # with five minutes of patience
    tracker = Tracker(store, "refused")
    run_id = tracker.start_campaign_run("r", params={"seed": 1})
    with pytest.raises(Failed) as caught:
        tracker.log_to_run(run_id, params={"seed": 2})
    assert not isinstance(caught.value, Away)
    with pytest.raises(Failed) as missing:
        tracker.log_to_run("0" * 32, tags={"a": "b"})
    assert not isinstance(missing.value, Away)
