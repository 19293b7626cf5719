"""What a run that came to its end has left."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder

    Finished = tuple[CampaignFolder, Answer]

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")

MODELS, SPLITS, FOLDS = ("dummy", "ridge", "random_forest"), ("random", "composition"), 3
METRICS = ("mae", "rmse", "mse", "r2")
BLOCKS = ["composition.elemental", "composition.magpie", "composition.stoichiometry"]
# What others read from summary.json; a key that goes or changes its name is a break for them.
SUMMARY = {
    "campaign": None,
    "run_id": None,
    "status": None,
    "started": None,
    "attempts": None,
    "snapshot": ["id", "rows", "unique_materials"],
    "features": ["rows_in", "computed", "reused", "rejected", "columns", "blocks"],
    "models": None,
    "champion": ["model", "target", "split", "registered_version"],
    "holdout": ["metrics", "rows", "coverage"],
    "screen": ["candidates", "rejected", "excluded", "scored", "in_domain", "in_window", "known", "hits"],
    "seconds": ["ingest", "featurize", "train", "screen", "report", "total", "outside_stages"],
    "mlflow": ["tracking_uri", "experiment_id", "run_id"],
    "prefect": ["flow_run_id"],
    "failure": None,
    "directory": None,
}
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
def run_path(finished: Finished) -> Path:
    (path,) = finished[0].runs()
    return path


@pytest.fixture(scope="module")
def summary(finished: Finished) -> dict[str, Any]:
    record: dict[str, Any] = finished[1].record
    return record


def test_stdout_is_one_json_object_and_stderr_is_silent(finished: Finished) -> None:
    _, answer = finished
    assert answer.out.count("\n") == 1
    assert answer.err == ""
    assert isinstance(answer.record, dict)


def test_summary_has_the_promised_keys(summary: dict[str, Any], run_path: Path) -> None:
    assert list(summary) == list(SUMMARY)
    assert {name: list(summary[name]) for name, inner in SUMMARY.items() if inner} == {
        name: inner for name, inner in SUMMARY.items() if inner
    }
    assert json.loads((run_path / "summary.json").read_text()) | {"directory": str(run_path)} == summary
    assert (summary["status"], summary["attempts"], summary["failure"]) == ("completed", 1, None)
    assert summary["run_id"] == run_path.name


def test_all_files_are_there(finished: Finished, run_path: Path) -> None:
    folder, _ = finished
    workspace = folder.path / "workspace"
    promised = (
        "summary.json report.html rejected.parquet cv_predictions.parquet hits.parquet hits.csv campaign.toml "
        "environment.txt"
    )
    assert {name for name in promised.split() if not (run_path / name).stat().st_size} == set()
    assert not (run_path / "work").exists()
    assert (run_path.parent / "latest").readlink() == Path(run_path.name)
    for name in ("snapshots", "features", "mlflow.db", "mlartifacts"):
        assert (workspace / name).exists()
    # Nothing is written beside the workspace.
    assert {path.name for path in folder.path.iterdir()} == {
        "campaign.toml",
        "measured_band_gaps.csv",
        "workspace",
    }
    # No half-written file is left.
    assert not [name for name in folder.files() if name.endswith(".part")]


def test_counts_add_up(finished: Finished, run_path: Path, summary: dict[str, Any]) -> None:
    table = pd.read_csv(finished[0].path / "measured_band_gaps.csv")
    features, screen = summary["features"], summary["screen"]
    assert features["rows_in"] == summary["snapshot"]["rows"] == len(table)
    assert (features["computed"], features["reused"], features["rejected"]) == (len(table), 0, 0)
    assert len(pd.read_parquet(run_path / "rejected.parquet")) == 0
    assert features["blocks"] == BLOCKS
    assert summary["snapshot"]["unique_materials"] == len(set(map(reduced, table["composition"])))
    assert screen["candidates"] == screen["rejected"] + screen["excluded"] + screen["scored"]
    assert screen["hits"] == screen["in_window"] == len(pd.read_parquet(run_path / "hits.parquet"))
    seconds = summary["seconds"]
    stages = sum(seconds[name] for name in ("ingest", "featurize", "train", "screen", "report"))
    assert seconds["total"] == pytest.approx(stages + seconds["outside_stages"], abs=0.01)


def test_every_model_stands_under_every_split(summary: dict[str, Any]) -> None:
    told = [(entry["model"], entry["split"]) for entry in summary["models"]]
    assert told == [(model, split) for split in SPLITS for model in MODELS]
    for entry in summary["models"]:
        assert tuple(entry["metrics"]) == METRICS
        for score in entry["metrics"].values():
            assert len(score["folds"]) == FOLDS
            assert score["mean"] == pytest.approx(np.mean(score["folds"]), rel=1e-14)
            assert score["std"] == pytest.approx(np.std(score["folds"], ddof=1), rel=1e-12)


def test_scores_are_those_of_the_predictions(run_path: Path, summary: dict[str, Any]) -> None:
    table = pd.read_parquet(run_path / "cv_predictions.parquet")
    outside_holdout = summary["features"]["rows_in"] - summary["holdout"]["rows"]
    for entry in summary["models"]:
        mine = table[(table["model"] == entry["model"]) & (table["split"] == entry["split"])]
        assert len(mine) == outside_holdout == mine["id"].nunique()
        error = mine["y_true"] - mine["y_pred"]
        assert [*error.abs().groupby(mine["fold"]).mean()] == pytest.approx(entry["metrics"]["mae"]["folds"])
        assert [*(error**2).groupby(mine["fold"]).mean()] == pytest.approx(entry["metrics"]["mse"]["folds"])
        assert ((mine["lower"] <= mine["y_pred"]) & (mine["y_pred"] <= mine["upper"])).all()


def test_true_values_are_those_of_the_table(finished: Finished, run_path: Path) -> None:
    source = pd.read_csv(finished[0].path / "measured_band_gaps.csv")
    table = pd.read_parquet(run_path / "cv_predictions.parquet")
    rows = source.iloc[table["id"].astype(int)]
    assert (rows["band_gap"].to_numpy() == table["y_true"].to_numpy()).all()
    assert [*map(reduced, rows["composition"])] == [*map(reduced, table["formula"])]


def test_no_material_stands_in_two_folds_of_the_composition_split(run_path: Path) -> None:
    table = pd.read_parquet(run_path / "cv_predictions.parquet")
    grouped = table[table["split"] == "composition"].groupby("formula")["fold"]
    assert grouped.nunique().max() == 1
    # And the random split does separate rows of a material, or the lesson on leakage has no case.
    assert table[table["split"] == "random"].groupby("formula")["fold"].nunique().max() > 1


def test_champion_has_the_least_error_on_new_materials(summary: dict[str, Any]) -> None:
    errors = {
        entry["model"]: entry["metrics"]["mae"]["mean"]
        for entry in summary["models"]
        if entry["split"] == "composition"
    }
    champion = summary["champion"]
    assert champion["model"] == min(errors, key=errors.__getitem__)
    assert (champion["target"], champion["split"]) == ("band_gap", "composition")
    assert champion["registered_version"] == 1
    assert summary["holdout"]["rows"] > 0
    assert errors[champion["model"]] < 0.8 * errors["dummy"]


def test_mlflow_has_one_finished_run_a_model_and_split(summary: dict[str, Any]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    campaign = client.get_run(summary["mlflow"]["run_id"])
    runs = client.search_runs([summary["mlflow"]["experiment_id"]], max_results=100)
    assert campaign.info.status == "FINISHED"
    assert len(runs) == 1 + len(MODELS) * len(SPLITS)
    kept = {item.path for item in client.list_artifacts(campaign.info.run_id)}
    assert kept == {"summary.json", "report.html", "campaign.toml", "environment.txt", "hits.csv"}
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


def test_mlflow_has_the_summarys_numbers_to_the_bit_once_a_fold(summary: dict[str, Any]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    for entry in summary["models"]:
        for metric, score in entry["metrics"].items():
            history = client.get_metric_history(entry["mlflow_run_id"], metric)
            assert [(m.step, m.value) for m in sorted(history, key=lambda m: m.step)] == list(
                enumerate(score["folds"])
            )
            for part in ("mean", "std"):
                (single,) = client.get_metric_history(entry["mlflow_run_id"], f"{metric}_{part}")
                assert single.value == score[part]


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
    # 9 single tasks, and one more for each sub-flow.
    assert len(names) == len(MODELS) * len(SPLITS) + len(BLOCKS) + 9 + 5


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


def test_hits_meet_the_objective_and_the_exclusions(run_path: Path, summary: dict[str, Any]) -> None:
    from pymatgen.core.composition import Composition

    hits = pd.read_parquet(run_path / "hits.parquet")
    assert hits["prediction"].between(0.8, 2.6).all()
    assert (hits["lower"] < hits["prediction"]).all()
    assert (hits["prediction"] < hits["upper"]).all()
    assert hits["probability"].between(0, 1).all()
    elements = {element.symbol for formula in hits["formula"] for element in Composition(formula).elements}
    assert "Mg" not in elements
    assert hits["rank"].tolist() == list(range(1, len(hits) + 1))
    # Inside the domain before outside, and there the more probable first.
    order = list(zip(~hits["in_domain"], -hits["probability"], strict=True))
    assert order == sorted(order)
    assert not hits["formula"].duplicated().any()
    assert hits["known"].sum() == summary["screen"]["known"]
    pd.testing.assert_frame_equal(pd.read_csv(run_path / "hits.csv"), hits)


def test_intervals_and_probabilities_come_from_the_champions_errors(
    run_path: Path, summary: dict[str, Any]
) -> None:
    champion = summary["champion"]
    table = pd.read_parquet(run_path / "cv_predictions.parquet")
    seen = table[(table["model"] == champion["model"]) & (table["split"] == champion["split"])]
    errors = (seen["y_true"] - seen["y_pred"]).to_numpy()
    hits = pd.read_parquet(run_path / "hits.parquet")
    # Split conformal: the ceil((n + 1) 0.9)-th smallest absolute error.
    half_width = np.sort(np.abs(errors))[int(np.ceil((len(errors) + 1) * 0.9)) - 1]
    assert (hits["upper"] - hits["prediction"]).to_numpy() == pytest.approx(half_width)
    assert (hits["prediction"] - hits["lower"]).to_numpy() == pytest.approx(half_width)
    possible = hits["prediction"].to_numpy()[:, None] + errors
    share = ((possible >= 0.8) & (possible <= 2.6)).mean(axis=1)
    # A sum may fall on the other side of a bound by rounding.
    assert hits["probability"].to_numpy() == pytest.approx(share, abs=1.5 / len(errors))


def test_known_flags_are_right(finished: Finished, run_path: Path) -> None:
    measured = set(map(reduced, pd.read_csv(finished[0].path / "measured_band_gaps.csv")["composition"]))
    hits = pd.read_parquet(run_path / "hits.parquet")
    assert hits["known"].tolist() == [reduced(formula) in measured for formula in hits["formula"]]
    assert hits["known"].any()


def test_report_opens_offline(run_path: Path) -> None:
    text = (run_path / "report.html").read_text(encoding="utf-8")
    assert "<html" in text
    assert "composition" in text
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//(?!doi\.org)""", text)
    assert not re.findall(r"""url\(\s*["']?(?:https?:)?//|@import|<script[^>]+src|<iframe""", text)


def test_environment_and_campaign_are_kept(run_path: Path) -> None:
    assert "matsluice==" in (run_path / "environment.txt").read_text()
    from matsluice.flows import load_campaign

    assert load_campaign(run_path / "campaign.toml").name == "gaps"


def reduced(formula: str) -> tuple[tuple[str, float], ...]:
    """Return the material, found by pymatgen and not by our keys: elements and atomic fractions."""
    from pymatgen.core.composition import Composition

    amounts = Composition(formula).get_el_amt_dict()
    total = sum(amounts.values())
    return tuple(sorted((symbol, round(amount / total, 9)) for symbol, amount in amounts.items()))
