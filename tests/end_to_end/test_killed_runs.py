"""A run that is killed at every stage, and taken up again each time by the same command."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, MakeFolder

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
CONTESTS, FOLDS = 3, 3


def fitted(folder: CampaignFolder) -> dict[str, tuple[int, int]]:
    """Return every finished fold with its file's identity and time."""
    work = folder.runs()[-1] / "work" if folder.runs() else folder.path
    return {
        str(path.relative_to(work)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in work.glob("target-0/*/*/fold-*.npz")
    }


def stage(folder: CampaignFolder, name: str) -> bool:
    return folder.state().get("stage") == name


def registering(folder: CampaignFolder) -> bool:
    state = folder.state()
    fitted_for_good = (folder.runs()[-1] / "work" / "champion.joblib").exists() if state else False
    return fitted_for_good and "holdout" in state and "registered_version" not in state["champion"]


def kill(folder: CampaignFolder, call: Call) -> None:
    """Kill the run's own process, as the memory killer does, and see that nothing outlives it for long."""
    os.kill(call.process.pid, signal.SIGKILL)
    call.process.wait(10)
    assert call.left_over(grace_s=20) == {}


def compare(folder: CampaignFolder, undisturbed: tuple[CampaignFolder, Answer]) -> None:
    (one,), (other,) = undisturbed[0].runs(), folder.runs()
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


# Seven attempts of half a minute each on a busy machine.
@pytest.mark.timeout(600)
def test_killed_at_every_stage(undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder) -> None:
    folder = brief(own_server=True)
    moments = {
        "start": (folder.path / "workspace" / "servers" / "prefect.json").exists,
        "ingest": lambda: stage(folder, "ingest"),
        "record": lambda: "mlflow" in folder.state(),
        "train": lambda: len(fitted(folder)) >= 4,
        "register": lambda: registering(folder),
        # The kill before may have come in the same stage: registering goes on beside it.
        "screen": lambda: folder.state()["attempts"] == 5 and stage(folder, "screen"),
    }
    folds: dict[str, tuple[int, int]] = {}
    for moment, come in moments.items():
        call = folder.start("run", "campaign.toml")
        call.wait_for(come)
        kill(folder, call)
        assert len(folder.runs()) == (moment != "start")
        after = fitted(folder)
        # What was finished stands as it was: it is not computed again.
        assert folds.items() <= after.items()
        folds = after
        if moment != "start":
            (record,) = folder("status", "--json").record["runs"]
            assert record["status"] == "interrupted"
    assert len(folds) >= CONTESTS * FOLDS  # and those that explain the champion

    summary = folder.run()
    assert (summary["status"], summary["attempts"]) == ("completed", len(moments))
    assert summary["features"]["computed"] == summary["features"]["rows_in"]
    assert folder.calls[-1].left_over(grace_s=10) == {}
    compare(folder, undisturbed)
    assert not [name for name in folder.files() if name.endswith(".part")]
    check_mlflow(folder, summary["mlflow"])


def test_killed_while_mlflows_tables_are_made(
    undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder
) -> None:
    folder = brief(own_server=True)
    database = folder.path / "workspace" / "mlflow.db"
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: database.exists() and database.stat().st_size > 200_000)
    kill(folder, call)
    assert "mlflow" not in folder.state()
    assert folder.run()["status"] == "completed"
    compare(folder, undisturbed)


def check_mlflow(folder: CampaignFolder, told: dict[str, str]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(told["tracking_uri"])
    runs = client.search_runs([told["experiment_id"]], max_results=100)
    assert {run.info.status for run in runs} == {"FINISHED"}
    contests = [run.data.tags["mlflow.runName"] for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert len(contests) == len(set(contests)) == CONTESTS
    assert len(runs) == 1 + CONTESTS
    alias = client.get_model_version_by_alias("gaps", "champion")
    assert alias.version == max(
        (version.version for version in client.search_model_versions("name = 'gaps'")), key=int
    )


def workers_of(call: Call) -> list[int]:
    """Return the ids of the Dask workers' processes."""
    found = []
    for pid, line in call.running().items():
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        if parent == call.process.pid and "spawn_main" in line:
            found.append(pid)
    return found


def test_killed_worker(undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder) -> None:
    folder = brief(("workers = 1", "workers = 2"))
    call = folder.start("run", "campaign.toml", "--json")
    call.wait_for(lambda: len(fitted(folder)) >= 2)
    workers = workers_of(call)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    answer = call.wait()
    assert answer.code == 0, answer.err
    assert answer.record["attempts"] == 1
    compare(folder, undisturbed)
    assert call.left_over(grace_s=10) == {}
