"""Trials below a model's run: each once, whatever was cut off before."""

from __future__ import annotations

from pathlib import Path

import pytest

from matsluice.infra.mistakes import Failed
from matsluice.infra.tracking import trial_runs
from matsluice.infra.tracking.records import ModelRunRecord
from matsluice.infra.tracking.store import open_store
from matsluice.infra.tracking.trial_runs import TrialRunRecord, log_trial_runs
from matsluice.infra.tracking.writer import Tracker

TRIALS = [
    TrialRunRecord("fold 0 · trial 0", {"C": 10.0}, {"inner_mae": [0.5, 0.4]}, {"inner_mae_mean": 0.45}),
    TrialRunRecord("fold 0 · trial 1", {"C": 2.0}, {"inner_mae": [0.9]}, status="KILLED", seconds=2.0),
    TrialRunRecord(
        "fold 0 · trial 2", {"C": -1}, {"inner_mae": []}, status="FAILED", tags={"reason": "raised"}
    ),
]


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    return Tracker(open_store("", tmp_path), "absorbers")


@pytest.fixture
def model_run(tracker: Tracker) -> str:
    return tracker.log_model_run(tracker.start_campaign_run("r"), ModelRunRecord("svm", {}, {"mae": [0.4]}))


def names(tracker: Tracker, parent: str) -> list[str]:
    return sorted(str(run.info.run_name) for run in tracker._runs_under(parent))


def test_what_a_trials_run_says(tracker: Tracker, model_run: str) -> None:
    assert log_trial_runs(tracker, model_run, TRIALS) == 3
    whole, given_up, failed = sorted(tracker._runs_under(model_run), key=lambda run: str(run.info.run_name))
    assert [run.info.status for run in (whole, given_up, failed)] == ["FINISHED", "KILLED", "FAILED"]
    assert whole.data.params == {"C": "10.0"}
    assert whole.data.metrics["inner_mae_mean"] == 0.45
    history = tracker.store.client.get_metric_history(whole.info.run_id, "inner_mae")
    assert sorted((point.step, point.value) for point in history) == [(0, 0.5), (1, 0.4)]
    assert given_up.info.end_time == (given_up.info.start_time or 0) + 2000
    assert failed.data.tags["reason"] == "raised"
    # The model's own run is not touched.
    assert tracker.store.client.get_run(model_run).info.status == "FINISHED"


@pytest.mark.parametrize("cut", ["log_batch", "set_terminated"])
def test_what_was_cut_off_is_written_once_the_next_time(
    tracker: Tracker, model_run: str, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    assert log_trial_runs(tracker, model_run, TRIALS[:1]) == 1

    def break_down(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tracker.store.client, cut, break_down)
        with pytest.raises(Failed, match="no space left on device"):
            log_trial_runs(tracker, model_run, TRIALS)
    assert log_trial_runs(tracker, model_run, TRIALS) == 2
    assert log_trial_runs(tracker, model_run, TRIALS) == 0
    assert names(tracker, model_run) == [trial.name for trial in TRIALS]


def test_more_trials_than_a_page_are_all_seen(
    tracker: Tracker, model_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_runs, "PAGE_RUNS", 2)
    many = [TrialRunRecord(f"fold 0 · trial {i}", {}, {}) for i in range(5)]
    assert log_trial_runs(tracker, model_run, many) == 5
    assert log_trial_runs(tracker, model_run, many) == 0


def test_a_model_run_that_is_written_anew_takes_its_trials_with_it(tracker: Tracker) -> None:
    parent = tracker.start_campaign_run("r")
    first = tracker.log_model_run(parent, ModelRunRecord("svm", {}, {"mae": [0.4]}))
    log_trial_runs(tracker, first, TRIALS)
    second = tracker.log_model_run(parent, ModelRunRecord("svm", {}, {"mae": [0.3]}))
    assert names(tracker, first) == []
    assert log_trial_runs(tracker, second, TRIALS) == 3
    assert tracker.delete_strays(parent, [second]) == 0
    assert names(tracker, second) == [trial.name for trial in TRIALS]
