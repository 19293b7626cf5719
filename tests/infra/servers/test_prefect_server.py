from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from matsluice.infra.mistakes import Failed
from matsluice.infra.servers.answers import answers
from matsluice.infra.servers.attached_process import AttachedProcess
from matsluice.infra.servers.prefect_server import PrefectServer, start_prefect
from matsluice.infra.servers.prefect_settings import prefect_environment
from matsluice.infra.servers.prefect_template import keep_empty_database, template_folder

# What a run does: a flow in a thread beside the main one, with sub-flows and tasks on threads.
RUN = """
import json, os, signal, sys, threading, time
from pathlib import Path
from matsluice.infra.servers.prefect_rows import close_abandoned, wait_until_recorded
from matsluice.infra.servers.prefect_server import start_prefect
from matsluice.infra.servers.prefect_settings import prefect_settings

said = {}
signal.signal(signal.SIGTERM, lambda *_: said.update(signal="SIGTERM"))
ours = signal.getsignal(signal.SIGTERM)

def work(server):
    with prefect_settings(server.environment):
        from prefect import flow, runtime, task
        from prefect.task_runners import ThreadPoolTaskRunner

        @task
        def double(x):
            return 2 * x

        @flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
        def featurize(n):
            return sum(f.result() for f in [double.submit(i) for i in range(n)])

        @flow
        def campaign():
            said["flow_run"] = str(runtime.flow_run.get_id())
            said["sum"] = featurize(25) + featurize(5)
            said["handler kept"] = signal.getsignal(signal.SIGTERM) is ours
            os.kill(os.getpid(), signal.SIGTERM)

        campaign()
        said["recorded"] = wait_until_recorded(said["flow_run"], 30)
        said["left open"] = close_abandoned(said["flow_run"], "none is")

with start_prefect(Path(sys.argv[1])) as server:
    server.wait_ready()
    thread = threading.Thread(target=work, args=(server,))
    thread.start()
    thread.join()
print(json.dumps(said))
"""


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # The person's cache is left alone.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("PREFECT_API_URL", raising=False)
        yield


def rows(workspace: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(workspace / "servers" / "prefect" / "prefect.db")) as database:
        return database.execute(question).fetchall()


def test_every_task_run_is_in_the_database_after_the_server_has_stopped(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, str(tmp_path)],
        check=False, capture_output=True, text=True, cwd=tmp_path, timeout=100,
        env={**os.environ, "PREFECT_PROFILE": "a-persons-own"},
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    said = json.loads(run.stdout)
    assert said.pop("flow_run")
    assert said == {
        "sum": 2 * (sum(range(25)) + sum(range(5))),
        "handler kept": True,
        "signal": "SIGTERM",
        "recorded": 30,
        "left open": 0,
    }
    # 30 tasks, and one row for each sub-flow in its parent.
    assert rows(tmp_path, "select state_type, count(*) from task_run group by 1") == [("COMPLETED", 32)]
    assert rows(tmp_path, "select state_type, count(*) from flow_run group by 1") == [("COMPLETED", 3)]
    assert {path.name for path in tmp_path.iterdir()} == {"servers"}
    # The next workspace starts from a copy of the empty database.
    with closing(sqlite3.connect(template_folder() / "empty.db")) as template:
        assert template.execute("select count(*) from flow_run").fetchone() == (0,)


def test_several_first_starts_share_one_server_which_ends_with_the_last(tmp_path: Path) -> None:
    servers: list[PrefectServer] = []
    threads = [threading.Thread(target=lambda: servers.append(start_prefect(tmp_path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (address,) = {server.api_url for server in servers}
    for server in servers:
        server.wait_ready()
    starter = next(server for server in servers if server._started)
    starter.stop()  # as when `matsluice ui` is ended while a run uses its server
    assert answers(f"{address}/health")
    for server in servers:
        server.stop()
    deadline = time.monotonic() + 10
    while answers(f"{address}/health"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with start_prefect(tmp_path) as again:
        assert again._started


def test_a_named_server_is_used_and_none_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example/api")
    with start_prefect(tmp_path) as server:
        assert (server.api_url, server.embedded) == ("http://prefect.example/api", False)
        assert server.environment["PREFECT_API_URL"] == "http://prefect.example/api"
        assert "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED" not in server.environment
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_persons_own_profile_is_read_or_written(tmp_path: Path) -> None:
    environment = prefect_environment(tmp_path, "http://127.0.0.1:1/api")
    for name in ("PREFECT_HOME", "PREFECT_PROFILES_PATH"):
        assert Path(environment[name]).is_relative_to(tmp_path)
    assert environment["DO_NOT_TRACK"] == "true"


def test_a_server_that_ends_at_once_is_said_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    process = AttachedProcess([sys.executable, "-c", "import sys; sys.exit('disk full')"], log)
    server = PrefectServer(tmp_path, "http://127.0.0.1:9/api", started=process)
    with pytest.raises(Failed, match=r"(?s)the Prefect server ended before it answered.*disk full"):
        server.wait_ready()
    server.stop()


def test_a_database_in_which_flows_ran_is_no_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    used = tmp_path / "prefect.db"
    with closing(sqlite3.connect(used)) as database, database:
        database.execute("create table flow (id)")
        database.execute("insert into flow values (1)")
    keep_empty_database(used)
    assert not (template_folder() / "empty.db").exists()
