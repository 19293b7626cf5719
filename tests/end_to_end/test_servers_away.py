"""MLflow or Prefect locked, stopped or killed for a minute, and for good: the run goes on, nothing is lost."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from matsluice.infra.servers.answers import answers, wait_until_answers
from matsluice.infra.servers.ports import free_port

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, Finished, MakeFolder

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
AWAY_S = 60.0
CONTESTS, FOLDS = 3, 3
HOLD = """
import sqlite3, sys, time
from contextlib import ExitStack, closing
with ExitStack() as stack:
    for path in sys.argv[2:]:
        database = stack.enter_context(closing(sqlite3.connect(path, isolation_level=None, timeout=60)))
        database.execute("begin exclusive")
    print("held", flush=True)
    time.sleep(float(sys.argv[1]))
"""
# The command with less patience than the five minutes it has.
IMPATIENT = """
from matsluice.flows import delivery
delivery.PATIENCE_S = 4.0
from matsluice.flows.command_line.app import main
main()
"""


class NamedServer:
    """An MLflow server of the person's own, with its own database, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        command = [sys.executable, "-P", "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
        command += ["--port", str(self.port), "--backend-store-uri", f"sqlite:///{self.folder}/named.db"]
        command += ["--artifacts-destination", str(self.folder / "artifacts")]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until_answers(f"{self.url}/health", "MLflow", 90)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            self.send(signal.SIGKILL)
        self._process.wait(10)


@pytest.fixture
def named_server(tmp_path: Path) -> Iterator[NamedServer]:
    server = NamedServer(tmp_path / "named")
    server.start()
    yield server
    server.kill()


def fitted(folder: CampaignFolder) -> dict[str, tuple[int, int]]:
    """Return every finished fold with its file's identity and time."""
    work = folder.runs()[-1] / "work" if folder.runs() else folder.path
    return {
        str(path.relative_to(work)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in work.glob("target-0/*/*/fold-*.npz")
    }


def in_training(folder: CampaignFolder) -> Callable[[], bool]:
    return lambda: len(fitted(folder)) >= 2


def prefect_server(call: Call) -> int:
    """Return the id of the embedded server's own process, the child of its guard."""
    (pid,) = [
        pid for pid, line in call.running().items() if "uvicorn" in line and "servers.guard" not in line
    ]
    return pid


def check_numbers(folder: CampaignFolder, undisturbed: Finished) -> None:
    (one,), (other,) = undisturbed[0].runs(), folder.runs()
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def check_mlflow(answer: Answer) -> None:
    """See that MLflow has each run once, finished, with every number of the summary, and the champion."""
    from mlflow import MlflowClient

    summary = answer.record
    told = summary["mlflow"]
    client = MlflowClient(told["tracking_uri"])
    runs = {run.info.run_id: run for run in client.search_runs([told["experiment_id"]], max_results=100)}
    assert set(runs) == {told["run_id"], *(entry["mlflow_run_id"] for entry in summary["models"])}
    assert len(runs) == 1 + CONTESTS
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    answer.check_scores(client)
    for entry in summary["models"]:
        assert "parity.png" in {item.path for item in client.list_artifacts(entry["mlflow_run_id"])}
    assert "hits.csv" in {item.path for item in client.list_artifacts(told["run_id"])}
    version = client.get_model_version_by_alias("gaps", "champion")
    assert int(version.version) == summary["champion"]["registered_version"]


def task_runs(folder: CampaignFolder) -> list[tuple[str, str]]:
    """Return the task runs Prefect knows of, by name without the mark that makes it unique, and their states."""
    database = folder.path / "workspace" / "servers" / "prefect" / "prefect.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        flows = connection.execute("select state_type from flow_run").fetchall()
        tasks = connection.execute("select name, state_type from task_run").fetchall()
    assert flows == 6 * [("COMPLETED",)]
    return sorted((re.sub(r"-[0-9a-f]{3}$", "", name), state) for name, state in tasks)


def check_prefect(folder: CampaignFolder, undisturbed: Finished) -> None:
    told = task_runs(folder)
    assert {state for _, state in told} == {"COMPLETED"}
    assert len(told) > CONTESTS
    assert told == task_runs(undisturbed[0])


def check_end(folder: CampaignFolder, call: Call, undisturbed: Finished) -> dict[str, Any]:
    answer = call.wait(300)
    assert answer.code == 0, answer.err
    assert "Traceback" not in answer.err
    summary: dict[str, Any] = answer.record
    assert (summary["status"], summary["attempts"]) == ("completed", 1)
    check_numbers(folder, undisturbed)
    check_mlflow(answer)
    check_prefect(folder, undisturbed)
    assert call.left_over(grace_s=10) == {}
    assert not (folder.runs()[-1] / "waiting.json").exists()
    return summary


def test_both_databases_locked_for_a_minute(undisturbed: Finished, brief: MakeFolder) -> None:
    folder = brief(own_server=True)
    call = folder.start("run", "campaign.toml", "--json")
    call.wait_for(in_training(folder))
    workspace = folder.path / "workspace"
    databases = [workspace / "mlflow.db", workspace / "servers" / "prefect" / "prefect.db"]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(AWAY_S + 5), *databases], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        held = time.monotonic()
        call.wait_for((folder.runs()[-1] / "waiting.json").exists, timeout_s=AWAY_S)
        (record,) = folder("status", "campaign.toml", "--json").record["runs"]
        assert record["waiting"]["records"] >= 1
        assert "locked" in record["waiting"]["reason"]
        # Training has come to its end without either database.
        call.wait_for(lambda: "champion" in folder.state(), timeout_s=AWAY_S)
        assert time.monotonic() - held < AWAY_S
        assert holder.wait(AWAY_S + 30) == 0
    check_end(folder, call, undisturbed)


def test_both_servers_stopped_for_a_minute(
    undisturbed: Finished, brief: MakeFolder, named_server: NamedServer
) -> None:
    folder = brief(("[cluster]", f'[tracking]\nuri = "{named_server.url}"\n[cluster]'), own_server=True)
    call = folder.start("run", "campaign.toml", "--json")
    call.wait_for(in_training(folder))
    server = prefect_server(call)
    named_server.send(signal.SIGSTOP)
    os.kill(server, signal.SIGSTOP)
    time.sleep(AWAY_S)
    assert call.process.poll() is None
    named_server.send(signal.SIGCONT)
    os.kill(server, signal.SIGCONT)
    check_end(folder, call, undisturbed)


def test_both_servers_killed(undisturbed: Finished, brief: MakeFolder, named_server: NamedServer) -> None:
    folder = brief(("[cluster]", f'[tracking]\nuri = "{named_server.url}"\n[cluster]'), own_server=True)
    call = folder.start("run", "campaign.toml", "--json")
    call.wait_for(in_training(folder))
    server = prefect_server(call)
    os.kill(server, signal.SIGKILL)
    named_server.kill()
    began = time.monotonic()
    # MLflow is missing to the run's end: everything but the record of it is done without.
    call.wait_for(lambda: "screen" in folder.state().get("done", {}), timeout_s=AWAY_S)
    assert prefect_server(call) != server
    time.sleep(max(0.0, AWAY_S - (time.monotonic() - began)))
    assert call.process.poll() is None
    named_server.start()
    check_end(folder, call, undisturbed)


def test_mlflow_gone_for_good_and_back_for_a_later_attempt(
    undisturbed: Finished, brief: MakeFolder, named_server: NamedServer
) -> None:
    folder = brief(("[cluster]", f'[tracking]\nuri = "{named_server.url}"\n[cluster]'), own_server=True)
    call = folder.start("run", "campaign.toml")
    call.wait_for(in_training(folder))
    named_server.kill()
    call.wait_for((folder.runs()[-1] / "waiting.json").exists)
    asked = time.monotonic()
    call.send(signal.SIGTERM)
    answer = call.wait(60)
    assert time.monotonic() - asked < 30
    assert answer.code == 3, answer.err
    assert "wait for MLflow, since" in answer.err or "waits for MLflow, since" in answer.err
    assert folder.state()["status"] == "interrupted"

    # The server is still away: everything else is done.
    program = [sys.executable, "-c", IMPATIENT]
    answer = folder.start("run", "campaign.toml", program=program).wait()
    assert answer.code == 3, answer.err
    assert "interrupted: MLflow has not answered for" in answer.err
    assert "results are on disk, and the same command delivers the records" in answer.err
    assert "Traceback" not in answer.err
    check_numbers(folder, undisturbed)
    state, folds = folder.state(), fitted(folder)
    assert state["status"] == "interrupted"
    assert len(folds) >= CONTESTS * FOLDS  # and those that explain the champion
    assert {"ingest", "featurize", "train", "screen"} <= set(state["done"])
    assert (folder.runs()[-1] / "report.html").exists()
    said = folder("status", "campaign.toml").out
    assert "for MLflow, since" in said
    assert "connection refused" in said

    named_server.start()
    call = folder.start("run", "campaign.toml", "--json")
    call.wait_for(lambda: folder.state()["attempts"] == 3)
    assert fitted(folder) == folds
    answer = call.wait()
    assert answer.code == 0, answer.err
    summary = answer.record
    assert (summary["status"], summary["attempts"], summary["failure"]) == ("completed", 3, None)
    assert {name: summary["seconds"][name] for name in ("train", "screen")} == {
        name: state["seconds"][name] for name in ("train", "screen")
    }
    check_numbers(folder, undisturbed)
    check_mlflow(answer)
    assert answers(f"{named_server.url}/health")
