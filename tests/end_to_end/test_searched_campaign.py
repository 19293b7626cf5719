"""A campaign whose models are searched: what it leaves, what a second run takes over, and that nothing moves a bit."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Call, CampaignFolder, MakeFolder

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = [
    pytest.mark.models,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

SEARCHED = (
    ('kind = "ridge"', 'kind = "ridge"\nsearch = { trials = 6 }'),
    (
        'kind = "random_forest"\nparams = { n_estimators = 40 }',
        'kind = "svm"\nsearch = { trials = 9, inner_folds = 2, pruner = "quartile", space = { C = [1, 200] } }',
    ),
    ('blocks = ["composition.elemental", "composition.magpie", ', 'blocks = ["composition.elemental", '),
    ("learning_curve = false", "learning_curve = true"),
    ('"random", ', ""),
)
FOLDS, SPLITS = 3, 1
TRIALS = {"ridge": 6, "svm": 9}
NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv")


@pytest.fixture(scope="module")
def searched(session_folder: MakeFolder) -> tuple[CampaignFolder, dict[str, Any]]:
    """The campaign, run once from nothing to its end, and its summary."""
    folder = session_folder(*SEARCHED, own_server=False)
    return folder, folder.run()


@pytest.fixture
def searching(new_folder: MakeFolder) -> MakeFolder:
    """A function: a new folder with the same campaign, on the Prefect server of the tests."""
    return partial(new_folder, *SEARCHED, own_server=False)


def without_times(summary: dict[str, Any]) -> list[dict[str, Any]]:
    changing = {"fit_seconds", "mlflow_run_id", "reused_folds"}
    return [{key: value for key, value in one.items() if key not in changing} for one in summary["models"]]


def trials_of(summary: dict[str, Any]) -> list[tuple[str, int, int, int]]:
    return [
        (one["model"], one["search"]["trials"], one["search"]["pruned"], one["search"]["failed"])
        for one in summary["models"]
        if "search" in one
    ]


def test_what_the_summary_says_of_a_search(searched: tuple[CampaignFolder, dict[str, Any]]) -> None:
    _, summary = searched
    assert [one["model"] for one in summary["models"] if "search" in one] == ["ridge", "svm"] * SPLITS
    for one in summary["models"]:
        if "search" not in one:
            continue
        said, trials = one["search"], TRIALS[one["model"]]
        assert said["budget"] == {"trials": trials, "minutes": None}
        assert said["trials"] == said["complete"] + said["pruned"] + said["failed"] == trials * FOLDS
        for best in said["best"]:
            # The default is trial 0, so what is chosen is no worse on the inner folds.
            assert best["score"] <= best["default_score"]
            curve = best["best_so_far"]
            assert curve == sorted(curve, reverse=True)
            assert (len(curve), curve[-1]) == (trials, best["score"])
        gain = said["gain"]
        assert gain["default_error"] - gain["mean"] == pytest.approx(one["metrics"]["mae"]["mean"])
        assert gain["low"] <= gain["mean"] <= gain["high"]


def test_every_trial_is_a_run_below_its_models(searched: tuple[CampaignFolder, dict[str, Any]]) -> None:
    from mlflow import MlflowClient

    _, summary = searched
    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    for one in summary["models"]:
        below = client.search_runs(
            [summary["mlflow"]["experiment_id"]],
            f"tags.`mlflow.parentRunId` = '{one['mlflow_run_id']}'",
            max_results=1000,
        )
        if "search" not in one:
            assert below == []
            continue
        said = one["search"]
        states = [run.data.tags["state"] for run in below]
        assert len({run.info.run_name for run in below}) == len(below) == said["trials"]
        assert {state: states.count(state) for state in ("complete", "pruned", "failed")} == {
            state: said[state] for state in ("complete", "pruned", "failed")
        }
        for best in said["best"]:
            name = f"fold {best['fold']} · trial {best['trial']}"
            (run,) = [run for run in below if run.info.run_name == name]
            assert run.info.status == "FINISHED"
            assert run.data.metrics["inner_mae_mean"] == best["score"]
            assert run.data.params == {key: str(value) for key, value in best["parameters"].items()}
        # The model's own run has what each fold was fitted with.
        (searched_name, *_) = said["best"][0]["parameters"]
        values = [str(best["parameters"][searched_name]) for best in said["best"]]
        shown = client.get_run(one["mlflow_run_id"]).data.params[f"param.{searched_name}"]
        assert shown == (values[0] if len(set(values)) == 1 else " | ".join(values))


def test_the_champion_learns_from_fewer_rows_with_the_settings_found(
    searched: tuple[CampaignFolder, dict[str, Any]],
) -> None:
    from mlflow import MlflowClient

    folder, summary = searched
    curve = json.loads((folder.runs()[-1] / "learning_curve.json").read_text())
    assert (curve["model"], curve["split"]) == (summary["champion"]["model"], summary["champion"]["split"])
    rows = [point["rows"] for point in curve["points"]]
    assert rows == sorted(set(rows))
    (champion,) = [
        one for one in summary["models"] if (one["model"], one["split"]) == (curve["model"], curve["split"])
    ]
    folds = curve["points"][-1]["folds"]
    assert sum(folds) / FOLDS == pytest.approx(champion["metrics"]["mae"]["mean"])
    client = MlflowClient(summary["mlflow"]["tracking_uri"])
    kept = {item.path for item in client.list_artifacts(summary["mlflow"]["run_id"])}
    assert "learning_curve.json" in kept


def test_a_second_run_on_the_same_data_computes_no_trial(
    searched: tuple[CampaignFolder, dict[str, Any]],
) -> None:
    folder, before = searched
    after = folder.run()
    assert without_times(after) == without_times(before)
    assert [one["reused_folds"] for one in after["models"]] == [FOLDS] * len(after["models"])
    one, other = folder.runs()[-2:]
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    calls = [json.loads(line).get("chunk", "") for line in (other / "log.jsonl").read_text().splitlines()]
    assert not [chunk for chunk in calls if "trial-" in chunk]
    earlier = [json.loads(line).get("chunk", "") for line in (one / "log.jsonl").read_text().splitlines()]
    assert [chunk for chunk in earlier if "trial-" in chunk]


def trial_files(folder: CampaignFolder) -> dict[str, tuple[int, int]]:
    """Return every finished trial with its file's identity and time."""
    work = folder.runs()[-1] / "work" if folder.runs() else folder.path
    found = {}
    with suppress(FileNotFoundError):  # work is removed at the end of a run
        for path in work.rglob("trial-*.json"):
            about = path.stat()
            found[str(path.relative_to(work))] = (about.st_ino, about.st_mtime_ns)
    return found


def kill(call: Call) -> None:
    os.kill(call.process.pid, signal.SIGKILL)
    call.process.wait(10)
    assert call.left_over(grace_s=20) == {}


def test_killed_in_the_middle_of_searches_it_loses_and_repeats_no_trial(
    searched: tuple[CampaignFolder, dict[str, Any]], searching: MakeFolder
) -> None:
    folder = searching()
    known: dict[str, tuple[int, int]] = {}
    for number in (1, 9, 20, 34, 47):
        call = folder.start("run", "campaign.toml")
        call.wait_for(lambda: len(trial_files(folder)) >= number)  # noqa: B023 - it is asked before it changes
        kill(call)
        found = trial_files(folder)
        assert known.items() <= found.items()
        known = found
        assert not [path for path in folder.path.rglob("trial-*.json") if not json.loads(path.read_text())]
    call = folder.start("run", "campaign.toml", "--json")
    kept: dict[str, tuple[int, int]] = {}

    def over() -> bool:
        kept.update(trial_files(folder))
        return call.process.poll() is not None

    while not over():
        time.sleep(0.02)
    answer = call.wait()
    assert answer.code == 0, answer.err
    assert known.items() <= kept.items()
    compare(folder, answer.record, searched)


def compare(
    folder: CampaignFolder, summary: dict[str, Any], undisturbed: tuple[CampaignFolder, dict[str, Any]]
) -> None:
    one, other = undisturbed[0].runs()[0], folder.runs()[-1]
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert without_times(summary) == without_times(undisturbed[1])
    assert trials_of(summary) == trials_of(undisturbed[1])
    assert summary["holdout"] == undisturbed[1]["holdout"]
    assert summary["champion"] == undisturbed[1]["champion"]


def test_a_stop_abandons_the_trials_under_way(
    searched: tuple[CampaignFolder, dict[str, Any]], searching: MakeFolder
) -> None:
    folder = searching()
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: len(trial_files(folder)) >= 10)
    call.send(signal.SIGINT)
    assert call.wait().code == 3
    assert call.left_over(grace_s=20) == {}
    before = trial_files(folder)
    assert 10 <= len(before) < sum(TRIALS.values()) * FOLDS * SPLITS
    compare(folder, folder.run(), searched)


@pytest.mark.cluster
@pytest.mark.parametrize(("workers", "threads"), [(1, 1), (4, 1), (1, 3)])
def test_any_number_of_workers_tries_the_same(
    searched: tuple[CampaignFolder, dict[str, Any]], new_folder: MakeFolder, workers: int, threads: int
) -> None:
    folder = new_folder(*SEARCHED, own_server=False)
    folder.change(("workers = 2", f"workers = {workers}\nthreads_per_worker = {threads}"))
    compare(folder, folder.run(), searched)


def test_minutes_are_a_budget_that_an_interrupted_run_keeps(searching: MakeFolder) -> None:
    folder = searching(("search = { trials = 6 }", "search = { minutes = 0.02, inner_folds = 2 }"))
    call = folder.start("run", "campaign.toml")
    clocks = folder.path / "workspace"
    call.wait_for(lambda: any(clocks.rglob("ridge/*.clock.json")))
    kill(call)
    summary = folder.run()
    for one in summary["models"]:
        if one["model"] == "ridge":
            assert one["search"]["budget"] == {"trials": None, "minutes": 0.02}
            # Every fold has had as many batches as the others, at least one.
            (trials,) = {best["trials"] for best in one["search"]["best"]}
            assert trials >= 4
            assert trials % 4 == 0


def test_where_no_trial_of_a_fold_works_the_run_fails_with_the_reasons(searching: MakeFolder) -> None:
    # So short that no fit of a forest can be done.
    folder = searching(
        ('kind = "ridge"\n', 'kind = "random_forest"\nname = "ridge"\nparams = { n_estimators = 100000 }\n'),
        ("search = { trials = 6 }", 'search = { trials = 2, trial_timeout = "0.2s" }'),
    )
    answer = folder("run", "campaign.toml")
    assert answer.code == 4
    (line,) = [line for line in answer.err.splitlines() if "trials of the search" in line]
    assert "all 2 trials of the search for random_forest's parameters failed" in line
    assert "2 × timeout: no answer within 0.2 s" in line
    assert "Traceback" not in answer.err
