"""What a run that came to its end has left."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Finished

MODELS, SPLITS, FOLDS = ("dummy", "ridge", "random_forest"), ("random", "composition"), 3
METRICS = ("mae", "rmse", "mse", "r2", "medae", "spearman")
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
    "champion": ["model", "target", "split", "registered_version", "promotion", "coverage"],
    "holdout": ["metrics", "rows", "coverage", "coverage_at", "median_width"],
    "splits": ["band_gap"],
    "audit": ["findings", "stops", "warns", "notes", "stopped"],
    "screen": [
        "candidates",
        "rejected",
        "excluded",
        "scored",
        "in_domain",
        "in_window",
        "in_window_and_domain",
        "known",
        "hits",
        "left_out",
        "no_room",
        "nearest",
    ],
    "seconds": ["ingest", "featurize", "train", "screen", "report", "total", "outside_stages"],
    "mlflow": ["tracking_uri", "experiment_id", "run_id"],
    "prefect": ["flow_run_id"],
    "failure": None,
    "directory": None,
}


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
            if None in score["folds"]:
                assert score["mean"] is None
                continue
            assert score["mean"] == pytest.approx(np.mean(score["folds"]), rel=1e-14)
            assert score["std"] == pytest.approx(np.std(score["folds"], ddof=1), rel=1e-12)
        undefined = {name for name, score in entry["metrics"].items() if None in score["folds"]}
        assert undefined == ({"spearman"} if entry["model"] == "dummy" else set())


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
