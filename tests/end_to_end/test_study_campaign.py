"""A campaign with studies: killed between two of them, taken up, recorded in MLflow, told in the report, run again."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = [
    pytest.mark.models,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

# The first is done long before the second.
STUDIES = """\
[[studies]]
kind = "separability"
rows = 100
features = 3
columns = 4
[[studies]]
kind = "separability"
name = "no-classes"
threshold = 1000.0
[[studies]]
kind = "kan_against_mlp"
rows = 100
contestants = ["MLP 8", "KAN 1"]
epochs = 20
steps = 20
columns = 4
[[studies]]
kind = "optimizers"
rows = 100
hidden = [6]
epochs = 20
[[studies]]
kind = "universal_approximation"
widths = [1, 6]
activations = ["tanh", "relu"]
starts = 2
steps = 100
[cluster]
"""
NAMES = ["separability", "no-classes", "kan_against_mlp", "optimizers", "universal_approximation"]
FIGURES = {
    "separability": 1,
    "no-classes": 0,
    "kan_against_mlp": 4,
    "optimizers": 3,
    "universal_approximation": 1,
}


def done(folder: CampaignFolder) -> dict[str, tuple[int, int]]:
    """Return every finished study with its file's identity and time."""
    return {
        path.parent.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for run in folder.runs()
        for path in run.glob("studies/*/study.json")
    }


@pytest.mark.timeout(1500)
def test_a_campaign_with_studies(new_folder: MakeFolder) -> None:
    folder = new_folder(
        ('kind = "random_forest"\nparams = { n_estimators = 40 }', 'kind = "svm"'),
        ("[cluster]\n", STUDIES),
        own_server=False,
    )
    plan = folder("plan", "campaign.toml", "--json")
    assert plan.record["studies"] == NAMES
    assert plan.record["core_seconds"]["study"] > 0

    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: len(done(folder)) > 0)
    os.kill(call.process.pid, signal.SIGKILL)
    call.process.wait(10)
    assert call.left_over(grace_s=30) == {}
    before = done(folder)
    assert len(before) < len(NAMES)

    summary = folder.run()
    (run,) = folder.runs()
    after = done(folder)
    assert sorted(after) == sorted(NAMES)
    # What was finished stands as it was: no study is done twice.
    assert before.items() <= after.items()

    told = {one["name"]: one for one in summary["studies"]}
    assert list(told) == NAMES
    assert told["no-classes"]["refusal"].startswith("band gap above 1000 eV: 0 of ")
    assert [name for name in NAMES if told[name]["refusal"]] == ["no-classes"]
    assert summary["seconds"]["study"] > 0
    check_mlflow(summary, told)
    check_report(run, told)
    numbers = told_numbers(run)

    # The same again fits nothing and studies nothing, but for what was refused.
    again = folder.run()
    assert [one["reused"] for one in again["studies"]] == [one["refusal"] is None for one in again["studies"]]
    assert told_numbers(folder.runs()[-1]) == numbers


def check_mlflow(summary: dict[str, Any], told: dict[str, dict[str, Any]]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    runs = {one.data.tags["study"]: one for one in client.search_runs(
        [summary["mlflow"]["experiment_id"]], "tags.kind = 'study'", max_results=100
    )}  # fmt: skip
    assert sorted(runs) == sorted(NAMES)
    for name, one in runs.items():
        assert one.info.run_id == told[name]["mlflow_run_id"]
        assert one.info.status == "FINISHED"
        assert one.data.tags["mlflow.parentRunId"] == summary["mlflow"]["run_id"]
        files = [item.path for item in client.list_artifacts(one.info.run_id)]
        assert "study.json" in files
        assert len([path for path in files if path.endswith(".png")]) == FIGURES[name]
    assert runs["no-classes"].data.tags["refusal"] == told["no-classes"]["refusal"]
    assert runs["separability"].data.params["data_rows"] == "100"
    assert runs["separability"].data.params["columns"] == "4"
    metrics = runs["optimizers"].data.metrics
    assert {"adam/test_mae", "lbfgs/final_loss", "gd/epoch_to_converge"} <= set(metrics)
    history = client.get_metric_history(runs["optimizers"].info.run_id, "adam/loss")
    assert [point.step for point in history] == list(range(1, 21))
    widths = client.get_metric_history(runs["universal_approximation"].info.run_id, "tanh/largest_error")
    assert [point.step for point in widths] == [1, 6]


def check_report(run: Path, told: dict[str, dict[str, Any]]) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    section = page[page.index('<section id="studies"') :].partition("</section>")[0]
    assert section.count("<h3>") == len(NAMES)
    assert section.count("<figure") == sum(FIGURES.values())
    assert "It could not be done: band gap above 1000 eV" in section
    plain = section.replace("\u00a0", " ")
    for one in told.values():
        for sentence in one["verdict"]:
            assert sentence in plain, sentence


def told_numbers(run: Path) -> dict[str, Any]:
    """Return the table of each study, but for what a clock has measured."""
    found = {}
    for name in NAMES:
        table = json.loads((run / "studies" / name / "study.json").read_text())["table"]
        found[name] = [
            {key: value for key, value in line.items() if "seconds" not in key and "front" not in key}
            for line in table
        ]
    return found
