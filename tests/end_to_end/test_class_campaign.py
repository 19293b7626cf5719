"""A campaign that learns a class, from the table to hits, and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matsluice.infra.tracking.process_address import addressed

CampaignFolder = Any  # conftest.py has it
MakeFolder = Callable[..., CampaignFolder]

# MLflow says so of its own classes when it is imported.
pytestmark = [
    pytest.mark.models,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

PATIENCE_S = 1500.0
METALS = Path(__file__).parents[2] / "examples" / "metals" / "experimental_metal.csv"
CHANGES = (
    ('duplicates = "keep"', 'duplicates = "majority"'),
    ('column = "band_gap"\nunit = "eV"', 'column = "band_gap"\ntask = "classification"'),
    ('"composition.elemental", "composition.magpie", ', '"composition.elemental", '),
    ('kind = "ridge"', 'kind = "logistic"'),
    (
        'kind = "random_forest"\nparams = { n_estimators = 40 }',
        'kind = "extra_trees"\nparams = { n_estimators = 30 }',
    ),
    (
        "[screen]",
        '[[models]]\nkind = "stacking"\nparams = { members = ["logistic", "extra_trees"], inner_folds = 3 }\n[screen]',
    ),
    (
        "[screen]",
        '[[models]]\nkind = "mlp"\nparams = { hidden = [8], epochs = 25 }\n[screen]',
    ),
    ("between = [0.8, 2.6]", "class = true, at_least = 0.6"),
)


def table(order: int = 1) -> str:
    """Return every sixteenth compound, and one material whose labels contradict each other."""
    lines = METALS.read_text().splitlines()[1::16]
    rows = [*lines, "Fe2O3,1", "O3Fe2,0", "CuO,1", "CuO,1.0", "O2Cu2,0"]
    return "\n".join(["composition,band_gap", *rows[::order]]) + "\n"


@pytest.fixture(scope="module")
def metals(session_folder: MakeFolder) -> tuple[CampaignFolder, dict[str, Any]]:
    folder = session_folder(*CHANGES, table=table(), own_server=False)
    return folder, run_of(folder)


def run_of(folder: CampaignFolder) -> dict[str, Any]:
    """Run a campaign to its good end, however busy the machine is, and return its summary."""
    answer = folder("run", "campaign.toml", "--json", timeout_s=PATIENCE_S)
    assert answer.code == 0, answer.err
    summary: dict[str, Any] = answer.record
    return summary


def latest(folder: CampaignFolder) -> Path:
    run: Path = folder.path / "workspace" / "runs" / "gaps" / "latest"
    return run


@pytest.mark.timeout(1600)
def test_scores_and_champion(metals: tuple[CampaignFolder, dict[str, Any]]) -> None:
    _, summary = metals
    assert summary["status"] == "completed"
    by_model = {(one["model"], one["split"]): one["metrics"] for one in summary["models"]}
    assert len(by_model) == 10
    for metrics in by_model.values():
        assert {
            "log_loss",
            "roc_auc",
            "pr_auc",
            "accuracy",
            "balanced_accuracy",
            "f1_macro",
            "mcc",
            "brier",
        } == set(metrics)
        assert all(len(score["folds"]) == 3 for score in metrics.values())
    losses = {
        model: metrics["log_loss"]["mean"]
        for (model, split), metrics in by_model.items()
        if split == "composition"
    }
    assert summary["champion"]["model"] == min(losses, key=lambda model: losses[model])
    assert losses["dummy"] == pytest.approx(np.log(2), abs=0.02)
    assert min(losses.values()) < 0.8 * losses["dummy"]
    assert by_model["dummy", "random"]["roc_auc"]["mean"] == 0.5
    assert {"coverage", "set_size", "rows"} < set(summary["holdout"])


def test_predictions_add_up_to_the_scores(metals: tuple[CampaignFolder, dict[str, Any]]) -> None:
    folder, summary = metals
    predictions = pd.read_parquet(latest(folder) / "cv_predictions.parquet")
    assert set(predictions["y_true"]) == {"0", "1"}
    assert predictions[["lower", "upper"]].isna().all(axis=None)
    given = predictions[["probability_0", "probability_1"]].to_numpy()
    assert given.sum(axis=1) == pytest.approx(np.ones(len(given)))
    for one in summary["models"]:
        mine = predictions[(predictions["model"] == one["model"]) & (predictions["split"] == one["split"])]
        right = (mine["y_true"] == mine["y_pred"]).groupby(mine["fold"]).mean()
        assert right.tolist() == pytest.approx(one["metrics"]["accuracy"]["folds"])
    # All labels of a composition in one fold, and classes shared out over the folds.
    grouped = predictions[predictions["split"] == "composition"]
    assert grouped[["formula", "fold"]].drop_duplicates()["formula"].is_unique
    shares = (grouped["y_true"] == "1").groupby(grouped["fold"]).mean()
    assert np.ptp(shares) < 0.03


def test_votes(metals: tuple[CampaignFolder, dict[str, Any]]) -> None:
    folder, _ = metals
    rejected = pd.read_parquet(latest(folder) / "rejected.parquet")
    even = rejected[rejected["reason"] == "even vote"]
    assert len(even) == 2
    assert even["detail"].str.endswith("band_gap of its material is 1 × 0, 1 × 1").all()
    predictions = pd.read_parquet(latest(folder) / "cv_predictions.parquet")
    assert "Fe2O3" not in set(predictions["formula"])


def test_hits_are_probable_metals(metals: tuple[CampaignFolder, dict[str, Any]]) -> None:
    folder, summary = metals
    hits = pd.read_parquet(latest(folder) / "hits.parquet")
    assert 0 < len(hits) == summary["screen"]["hits"]
    assert (hits["probability"] >= 0.6).all()
    assert set(hits["prediction"]) == {"1"}
    inside = hits["in_domain"].to_numpy()
    for part in (hits[inside], hits[~inside]):
        assert part["probability"].is_monotonic_decreasing


def test_what_mlflow_has(metals: tuple[CampaignFolder, dict[str, Any]]) -> None:
    from mlflow import MlflowClient

    _, summary = metals
    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    won = next(
        one
        for one in summary["models"]
        if (one["model"], one["split"]) == (summary["champion"]["model"], summary["champion"]["split"])
    )
    run = client.get_run(won["mlflow_run_id"])
    assert run.data.metrics["log_loss_mean"] == won["metrics"]["log_loss"]["mean"]
    assert run.data.params["task"] == "classification"
    files = {file.path for file in client.list_artifacts(won["mlflow_run_id"])}
    assert {"confusion.png", "roc.png", "precision_recall.png", "calibration.png"} <= files


def test_the_loss_of_the_network_is_in_mlflow_epoch_by_epoch(
    metals: tuple[CampaignFolder, dict[str, Any]],
) -> None:
    from mlflow import MlflowClient

    _, summary = metals
    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    for one in summary["models"]:
        points = client.get_metric_history(one["mlflow_run_id"], "loss")
        assert [point.step for point in points] == (list(range(1, 26)) if one["model"] == "mlp" else [])
        if points:
            # Cross-entropy, which is ln 2 for one who knows nothing.
            assert points[-1].value < np.log(2) < points[0].value


def test_the_champion_predicts_classes(metals: tuple[CampaignFolder, dict[str, Any]]) -> None:
    import mlflow

    folder, summary = metals
    (folder.path / "new.csv").write_text("formula\nCuNi\nNaCl\nXx\n")
    answer = folder("predict", "gaps", "new.csv", "--out", "out.csv", "--workspace", "workspace", "--json")
    assert (answer.code, answer.record["predicted"], answer.record["rejected"]) == (0, 2, 1)
    said = pd.read_csv(folder.path / "out.csv")
    assert said["prediction"].tolist()[:2] == [1, 0]
    with addressed(summary["mlflow"]["tracking_uri"]):
        model = mlflow.pyfunc.load_model("models:/gaps@champion")
    served = model.predict(pd.DataFrame({"formula": ["CuNi", "NaCl", "Xx"]}))
    assert served["probability_1"].tolist()[:2] == pytest.approx(said["probability_1"].tolist()[:2])


def test_plan_page_and_words(metals: tuple[CampaignFolder, dict[str, Any]]) -> None:
    folder, summary = metals
    plan = folder("plan", "campaign.toml")
    assert "band_gap: 2 classes, 0 (" in plan.out
    page = (latest(folder) / "report.html").read_text()
    assert "Receiver operating characteristic" in page
    assert "times better than predicting the classes&#39; shares" in page
    assert "Most surprising classes" in page
    status = folder("status", "campaign.toml")
    assert "2 even vote" in status.out
    assert json.loads((latest(folder) / "summary.json").read_text())["champion"] == summary["champion"]


@pytest.mark.timeout(1600)
def test_the_same_campaign_again_trains_nothing(metals: tuple[CampaignFolder, dict[str, Any]]) -> None:
    """Last, since it makes another run the latest: folds of classes and of the stack are taken over too."""
    folder, before = metals
    first = latest(folder).resolve()
    again = run_of(folder)
    second = latest(folder).resolve()
    assert first != second
    assert all(entry["reused_folds"] == 3 for entry in again["models"])
    assert again["champion"]["registered_version"] == before["champion"]["registered_version"]
    for name in ("cv_predictions.parquet", "hits.parquet", "hits.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    changes = json.loads((second / "changes.json").read_text())
    assert {one["metric"] for one in changes["scores"]} == {"log_loss"}
    assert {one["verdict"] for one in changes["scores"]} == {"taken over"}
    assert (changes["rows"]["relabelled"], changes["hits"]["shows"]) == (0, "probability")
    assert changes["screen_reused"] is True
    assert "Nothing has moved" in (second / "report.html").read_text()


@pytest.mark.cluster
@pytest.mark.timeout(3200)
def test_the_same_numbers_by_one_worker_from_shuffled_rows(
    metals: tuple[CampaignFolder, dict[str, Any]], new_folder: MakeFolder
) -> None:
    folder, _ = metals
    other = new_folder(*CHANGES, ("workers = 2", "workers = 1"), table=table(order=-1), own_server=False)
    run_of(other)
    first, second = (
        pd.read_parquet(latest(one) / "cv_predictions.parquet").drop(columns="id") for one in (folder, other)
    )
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    found, again = (pd.read_parquet(latest(one) / "hits.parquet") for one in (folder, other))
    pd.testing.assert_frame_equal(found, again, check_exact=True)
