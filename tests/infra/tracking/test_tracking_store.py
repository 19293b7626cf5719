from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.servers.ports import free_port
from matsluice.infra.tracking.away import patiently
from matsluice.infra.tracking.store import default_uri, open_store, prepare_store

OPEN = """
import sys
from pathlib import Path
from matsluice.infra.tracking.store import open_store
print(open_store("", Path(sys.argv[1])).experiment("solar-absorbers"))
"""


def test_several_processes_create_one_store_without_a_word(tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", OPEN, str(tmp_path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert said[0] == said[1]
    assert said[0][1] == ""
    assert {path.name for path in tmp_path.iterdir()} == {"mlflow.db", "servers"}


def test_an_experiment_is_created_found_and_restored(tmp_path: Path) -> None:
    store = prepare_store("", tmp_path).result()
    assert store.uri == default_uri(tmp_path) == f"sqlite:///{tmp_path}/mlflow.db"
    made = store.experiment("solar-absorbers")
    assert store.experiment("solar-absorbers") == made
    store.client.delete_experiment(made)
    assert store.experiment("solar-absorbers") == made
    experiment = store.client.get_experiment(made)
    assert experiment.lifecycle_stage == "active"
    assert experiment.artifact_location == (tmp_path / "mlartifacts" / "solar-absorbers").as_uri()


def test_telemetry_is_off(tmp_path: Path) -> None:
    open_store("", tmp_path)
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


@pytest.mark.parametrize("uri", ["mlruns", "file:///tmp/mlruns", "htp://tracking.example"])
def test_an_address_mlflow_cannot_use_is_refused(tmp_path: Path, uri: str) -> None:
    with pytest.raises(InvalidInput, match=r"tracking\.uri .* starts with http://"):
        open_store(uri, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_said_at_once(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(InvalidInput, match="nothing answers there"):
        open_store(f"http://127.0.0.1:{free_port()}", tmp_path)
    assert time.monotonic() - start < 6


def test_a_database_that_stays_locked_is_said_and_one_that_is_freed_is_written(tmp_path: Path) -> None:
    # MLflow's own way to the database, with 0.1 s in place of the many seconds its driver waits by itself.
    engine = create_engine(f"sqlite:///{tmp_path}/a.db", connect_args={"timeout": 0.1}, poolclass=NullPool)

    def write() -> int:
        with engine.begin() as connection:
            return connection.execute(text("create table if not exists a (b)")).rowcount

    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin exclusive")
        with pytest.raises(Failed, match="keeps the database locked: end what else writes to it"):
            patiently(write, "log a tag in MLflow", "sqlite:///a.db", timeout_s=0.5)
        freed = threading.Timer(1.0, other.execute, ["rollback"])
        freed.start()
        patiently(write, "log a tag in MLflow", "sqlite:///a.db")
        freed.join()
