"""The same campaign once more: nothing is computed twice, and the numbers are the same to the last bit."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

pytestmark = pytest.mark.models

WORKSPACE = "elsewhere/deep"
COMMAND = ("run", "campaign.toml", "--workspace", WORKSPACE)
NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")


def numbers(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in NUMBERS}


def told(summary: dict[str, Any]) -> list[Any]:
    """Return every number of a summary that no run may change."""
    models = [
        {k: v for k, v in entry.items() if k in {"model", "split", "metrics"}} for entry in summary["models"]
    ]
    return [models, summary["holdout"], summary["screen"], summary["snapshot"]]


@pytest.fixture(scope="module")
def first(session_folder: MakeFolder) -> tuple[CampaignFolder, dict[str, Any]]:
    folder = session_folder(("workers = 2", "workers = 1"))
    return folder, folder.run("--workspace", WORKSPACE)


def stage_of(run: Path) -> str | None:
    stage: str | None = json.loads((run / "state.json").read_text()).get("stage")
    return stage


def test_another_workspace_with_one_worker(
    finished: tuple[CampaignFolder, Answer], first: tuple[CampaignFolder, dict[str, Any]]
) -> None:
    folder, summary = first
    (run,), (other,) = folder.runs(WORKSPACE)[:1], finished[0].runs()
    assert numbers(run) == numbers(other)
    assert told(summary) == told(finished[1].record)
    assert summary["features"]["computed"] == summary["features"]["rows_in"]
    assert summary["mlflow"]["tracking_uri"] == f"sqlite:///{folder.path}/{WORKSPACE}/mlflow.db"
    assert not (folder.path / "workspace").exists()


def test_second_run_while_it_lasts_and_after(first: tuple[CampaignFolder, dict[str, Any]]) -> None:
    folder, before = first
    call = folder.start(*COMMAND)
    call.wait_for(lambda: stage_of(folder.runs(WORKSPACE)[-1]) == "train")
    # It stands still while it is looked at: its fits are there already, so it would soon be further.
    call.send(signal.SIGSTOP)
    files = {name for name in folder.files() if "/runs/" not in name and "/servers/" not in name}
    refused = folder(*COMMAND)
    assert refused.code == 2
    assert "campaign gaps is already running in" in refused.err
    assert "Traceback" not in refused.err
    assert "already running" in folder("plan", *COMMAND[1:]).err
    (status,) = folder("status", "--workspace", WORKSPACE, "--json").record["runs"]
    assert (status["status"], status["stage"], status["attempts"]) == ("running", "train", 1)
    assert status["done"] == ["ingest", "featurize"]
    assert files <= folder.files()

    call.send(signal.SIGCONT)
    answer = call.wait()
    assert answer.code == 0, answer.err
    assert answer.out.splitlines()[0].endswith(": completed")
    assert {"ingest", "featurize", "train", "screen"} <= {line.split()[0] for line in answer.err.splitlines()}
    assert call.left_over(grace_s=10) == {}
    one, two = folder.runs(WORKSPACE)
    assert numbers(one) == numbers(two)
    again = json.loads((two / "summary.json").read_text())
    assert told(again) == told(before)
    features = again["features"]
    assert (features["computed"], features["reused"], features["rejected"]) == (0, features["rows_in"], 0)
    # The same fit is the same version: nothing was trained, and nothing is registered twice.
    assert again["champion"]["registered_version"] == before["champion"]["registered_version"] == 1
    assert all(entry["reused_folds"] == 3 for entry in again["models"])
    assert "since     Nothing has moved" in answer.out
    assert again["mlflow"]["experiment_id"] == before["mlflow"]["experiment_id"]
    assert (one.parent / "latest").resolve() == two
