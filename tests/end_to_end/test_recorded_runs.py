"""What MLflow and Prefect have of a run that came to its end."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Finished

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")

MODELS, SPLITS = ("dummy", "ridge", "random_forest"), ("random", "composition")
BLOCKS = ("composition.elemental", "composition.magpie", "composition.stoichiometry")
PREDICT = """
import sys
import mlflow, pandas
from matsluice.tasks import load_model

workspace, table, out = sys.argv[1:]
formulas = pandas.read_csv(table, keep_default_na=False)
mine = load_model("gaps", workspace=workspace).predict(list(formulas["composition"]))
mlflow.set_tracking_uri(f"sqlite:///{workspace}/mlflow.db")
theirs = mlflow.pyfunc.load_model("models:/gaps@champion").predict(formulas)
pandas.testing.assert_frame_equal(mine, theirs, check_exact=True)
theirs.to_parquet(out)
"""


@pytest.fixture(scope="module")
def summary(finished: Finished) -> dict[str, Any]:
    record: dict[str, Any] = finished[1].record
    return record


def test_mlflow_has_one_finished_run_a_model_and_split(summary: dict[str, Any]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    campaign = client.get_run(summary["mlflow"]["run_id"])
    runs = client.search_runs([summary["mlflow"]["experiment_id"]], max_results=100)
    assert campaign.info.status == "FINISHED"
    assert len(runs) == 1 + len(MODELS) * len(SPLITS)
    kept = {item.path for item in client.list_artifacts(campaign.info.run_id)}
    assert kept == {
        "summary.json", "report.html", "audit.json", "audit.parquet", "campaign.toml", "environment.txt", "hits.csv",
        "explanations.json",
        *(["formula.txt"] if summary["champion"]["model"] == "ridge" else []),
    }  # fmt: skip
    for entry in summary["models"]:
        run = client.get_run(entry["mlflow_run_id"])
        assert run.info.status == "FINISHED"
        assert run.data.tags["mlflow.parentRunId"] == campaign.info.run_id
        assert (run.data.tags["model"], run.data.tags["split"]) == (entry["model"], entry["split"])
        assert run.data.tags["snapshot"] == summary["snapshot"]["id"]
        assert len(run.data.params) >= 5
        assert run.inputs is not None
        (dataset,) = run.inputs.dataset_inputs
        assert dataset.dataset.digest == summary["snapshot"]["id"]
        artifacts = {item.path for item in client.list_artifacts(run.info.run_id)}
        assert {"cv_predictions.parquet", "parity.png", "residuals.png"} <= artifacts
    forest = next(e for e in summary["models"] if e["model"] == "random_forest")
    assert client.get_run(forest["mlflow_run_id"]).data.params["param.n_estimators"] == "40"
    assert "importance.csv" in {item.path for item in client.list_artifacts(forest["mlflow_run_id"])}


def test_mlflow_has_the_summarys_numbers_to_the_bit_once_a_fold(finished: Finished) -> None:
    from mlflow import MlflowClient

    _, answer = finished
    answer.check_scores(MlflowClient(answer.record["mlflow"]["tracking_uri"]))


def test_the_registry_has_the_champion(summary: dict[str, Any]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    version = client.get_model_version_by_alias("gaps", "champion")
    assert int(version.version) == summary["champion"]["registered_version"]
    won = next(
        e
        for e in summary["models"]
        if (e["model"], e["split"]) == (summary["champion"]["model"], summary["champion"]["split"])
    )
    assert version.run_id == won["mlflow_run_id"]


def test_prefect_has_every_flow_and_task_in_its_last_state(
    finished: Finished, summary: dict[str, Any]
) -> None:
    database = finished[0].path / "workspace" / "servers" / "prefect" / "prefect.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        flows = connection.execute(
            "select f.name, r.state_type, r.id from flow_run r join flow f on f.id = r.flow_id"
        ).fetchall()
        tasks = connection.execute("select name, state_type from task_run").fetchall()
    assert sorted(name for name, _, _ in flows) == sorted(
        ["campaign", "ingest", "featurize", "train", "screen", "report"]
    )
    assert {state for _, state, _ in flows} == {"COMPLETED"}
    assert [number for name, _, number in flows if name == "campaign"] == [summary["prefect"]["flow_run_id"]]
    assert {state for _, state in tasks} == {"COMPLETED"}
    names = [name for name, _ in tasks]
    assert sum(name.startswith("cross-validate ") for name in names) == len(MODELS) * len(SPLITS)
    assert sum(name.startswith("featurize composition.") for name in names) == len(BLOCKS)
    # 14 single tasks, and one more for each sub-flow.
    assert len(names) == len(MODELS) * len(SPLITS) + len(BLOCKS) + 14 + 5


def test_the_champion_carries_what_it_came_from(
    finished: Finished, summary: dict[str, Any], tmp_path: Path
) -> None:
    folder, _ = finished
    record = folder("card", "gaps", "--json").record
    assert record["data"]["snapshot"] == summary["snapshot"]["id"]
    assert (record["data"]["source"], record["data"]["licence"]) == ("measured_band_gaps.csv", None)
    assert record["model"]["kind"] == summary["champion"]["model"]
    assert [block["name"] for block in record["blocks"]] == list(BLOCKS)
    for entry in summary["models"]:
        if entry["model"] == summary["champion"]["model"]:
            assert record["splits"][entry["split"]]["metrics"] == entry["metrics"]
    assert set(record["splits"]) == set(SPLITS)
    assert record["holdout"]["metrics"] == folder.state()["holdout"]["metrics"]
    written = folder("card", "gaps", "--out", str(tmp_path / "card"), "--json").record["files"]
    assert [Path(name).name for name in written] == ["card.html", "card.md"]
    assert "hold-out (" in (tmp_path / "card" / "card.html").read_text()
    kept = [path.name for path in (folder.path / "workspace" / "mlartifacts").rglob("*")]
    assert {"card.html", "card.md", "model.json", "pipeline.skops", "pyfunc_code.py"} <= set(kept)
    assert not [name for name in kept if name.endswith((".pkl", ".pickle", ".joblib"))]


def test_the_champion_predicts_the_same_by_every_door(finished: Finished, tmp_path: Path) -> None:
    folder, _ = finished
    table, out = tmp_path / "table.csv", tmp_path / "by-mlflow.parquet"
    table.write_text('composition,note\nGaAs,a\nXx2O3,b\n"Cu In Se2",c\nFe2O3),d\nAs2Ga2,e\n')
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PREDICT, folder.path / "workspace", table, out],
        check=True,
        timeout=120,
        env=folder.environment,
        cwd=tmp_path,
    )
    answer = folder("predict", "gaps", str(table), "--out", str(tmp_path / "by-command.parquet"), "--json")
    assert answer.record == {"rows": 5, "predicted": 3, "in_domain": 3, "rejected": 2}
    theirs, mine = pd.read_parquet(out), pd.read_parquet(tmp_path / "by-command.parquet")
    pd.testing.assert_frame_equal(mine[theirs.columns.tolist()], theirs, check_exact=True)
    assert mine["formula"].tolist() == ["GaAs", "Xx2O3", "Cu In Se2", "Fe2O3)", "As2Ga2"]
    assert mine["prediction"].notna().tolist() == [True, False, True, False, True]
    assert mine["prediction"][0] == mine["prediction"][4]
    assert (mine["lower"] < mine["prediction"])[mine["prediction"].notna()].all()
    assert [reason.split(":")[0] for reason in mine["reason"]] == [
        "",
        "unknown element",
        "",
        "unbalanced bracket",
        "",
    ]
