"""A workspace's own MLflow, moved to a server's: the same ids, numbers, names and files."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.servers.mlflow_server import MlflowServer, start_mlflow
from matsluice.infra.tracking.process_address import addressed
from matsluice.infra.tracking.store import open_store
from matsluice.infra.tracking.store_copy import copy_store, main

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a run, numbers of it, a file and a named model version, which then moved."""
    first = tmp_path_factory.mktemp("first") / "workspace"
    store = open_store("", first)
    run = store.client.create_run(store.experiment("gaps")).info.run_id
    for step, value in enumerate((0.25, float("nan"), 1e300)):
        store.client.log_metric(run, "mae", value, step=step)
    store.client.log_text(run, "αβγ", "notes/a.txt")
    store.client.create_registered_model("gaps")
    store.client.create_model_version("gaps", f"runs:/{run}/model", run)
    store.client.set_registered_model_alias("gaps", "champion", "1")
    later = tmp_path_factory.mktemp("later") / "workspace"
    shutil.move(first, later)
    return later


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MlflowServer]:
    """A server with a database of its own, in which nothing was recorded yet."""
    with start_mlflow(tmp_path / "server") as started:
        started.wait_ready(240)
        yield started


def test_everything_is_there(workspace: Path, server: MlflowServer, tmp_path: Path) -> None:
    import mlflow
    from mlflow import MlflowClient

    database = f"sqlite:///{tmp_path / 'server' / 'mlflow.db'}"
    before = (workspace / "mlflow.db").read_bytes()
    counts = copy_store(workspace, database, str(tmp_path / "server" / "mlartifacts"))
    assert (counts["runs"], counts["metrics"], counts["model_versions"]) == (1, 3, 1)
    assert (workspace / "mlflow.db").read_bytes() == before
    client = MlflowClient(server.url)
    source = MlflowClient(f"sqlite:///{workspace / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("gaps")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    (origin,) = source.search_runs([experiment.experiment_id])
    assert run.info.run_id == origin.info.run_id
    assert run.info.start_time == origin.info.start_time
    assert run.info.artifact_uri == f"mlflow-artifacts:/gaps/{run.info.run_id}/artifacts"
    values = [repr(one.value) for one in client.get_metric_history(run.info.run_id, "mae")]
    assert sorted(values) == sorted(["0.25", "nan", "1e+300"])
    with addressed(server.url):
        assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/a.txt") == "αβγ"
    assert client.get_model_version_by_alias("gaps", "champion").run_id == run.info.run_id
    # What comes later has new ids.
    assert client.create_experiment("next") != experiment.experiment_id

    with pytest.raises(
        InvalidInput, match="holds runs already: a workspace is copied to a new database only"
    ):
        copy_store(workspace, database, str(tmp_path / "server" / "mlartifacts"))


def test_mistakes(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "sqlite:///none.db", "x"]) == 2
    assert "has no mlflow.db: name a workspace in which campaigns have run" in capsys.readouterr().err
    assert main([str(workspace), f"sqlite:///{tmp_path / 'empty.db'}", str(tmp_path / "files")]) == 2
    assert "has no tables of MLflow: start the server once" in capsys.readouterr().err
    with closing(sqlite3.connect(tmp_path / "older.db")) as older:
        older.execute("create table alembic_version (version_num text)")
        older.execute("insert into alembic_version values ('451aebb31d03')")
        older.commit()
    assert main([str(workspace), f"sqlite:///{tmp_path / 'older.db'}", str(tmp_path / "files")]) == 2
    assert "are of another MLflow than those of" in capsys.readouterr().err
    assert not (tmp_path / "files").exists()
