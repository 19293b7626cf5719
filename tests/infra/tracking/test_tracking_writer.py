from __future__ import annotations

import math
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from matsluice.infra.mistakes import Failed
from matsluice.infra.tracking.records import DatasetRecord, ModelRunRecord, mean_and_spread
from matsluice.infra.tracking.store import open_store
from matsluice.infra.tracking.writer import PARENT, RECORD, Tracker

FOLDS = [0.4, 0.5, 0.3, 0.45, 0.35]
CURVE = [(epoch, 1 / epoch) for epoch in range(1, 1200)]  # more than one batch of MLflow's holds


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, which takes seconds to create, to be copied."""
    workspace = tmp_path_factory.mktemp("fresh")
    open_store("", workspace)
    return workspace / "mlflow.db"


@pytest.fixture
def tracker(tmp_path: Path, fresh: Path) -> Tracker:
    shutil.copy(fresh, tmp_path)
    return Tracker(open_store("", tmp_path), "solar-absorbers")


@pytest.fixture
def record(tmp_path: Path) -> ModelRunRecord:
    (tmp_path / "parity.png").write_bytes(b"png")
    return ModelRunRecord(
        name="random_forest band_gap composition",
        params={"n_estimators": 300, "max_depth": None, "split": "composition", "seed": 7},
        fold_metrics={"mae": FOLDS, "r2": [1.0, math.nan, 1.0, 1.0, 1.0]},
        curves={"loss": CURVE, "validation_loss": [(1, 2.0), (3, math.nan)]},
        tags={"split": "composition", "snapshot": "ab" * 16},
        dataset=DatasetRecord(
            "experimental_band_gap.csv", "ab" * 16, "data/experimental_band_gap.csv", 3896,
            {"composition": "string", "band_gap": "double"},
        ),
        artifacts=(tmp_path / "parity.png",),
        started_at=1_700_000_000.0,
        ended_at=1_700_000_060.0,
    )  # fmt: skip


def test_what_a_model_run_says(tracker: Tracker, record: ModelRunRecord) -> None:
    parent = tracker.start_campaign_run("2026-11-24", {"code": "0.1.0"}, {"seed": 7})
    run_id = tracker.log_model_run(parent, record)
    run = tracker.store.client.get_run(run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", record.name)
    assert run.data.tags[PARENT] == parent
    assert run.data.tags["split"] == "composition"
    assert run.data.params["max_depth"] == "None"
    assert run.info.end_time - run.info.start_time == 60_000
    history = tracker.store.client.get_metric_history(run_id, "mae")
    assert sorted((point.step, point.value) for point in history) == list(enumerate(FOLDS))
    assert (run.data.metrics["mae_mean"], run.data.metrics["mae_std"]) == mean_and_spread(FOLDS)
    assert math.isnan(run.data.metrics["r2_mean"])
    losses = tracker.store.client.get_metric_history(run_id, "loss")
    assert sorted((point.step, point.value) for point in losses) == CURVE
    # MLflow shows the value of the last step as the metric's.
    assert run.data.metrics["loss"] == CURVE[-1][1]
    assert math.isnan(run.data.metrics["validation_loss"])
    assert run.inputs is not None
    (data,) = run.inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("experimental_band_gap.csv", "ab" * 16)
    assert [file.path for file in tracker.store.client.list_artifacts(run_id)] == ["parity.png"]


def test_the_same_record_is_written_once_and_a_changed_one_in_its_place(
    tracker: Tracker, record: ModelRunRecord
) -> None:
    parent = tracker.start_campaign_run("r")
    first = tracker.log_model_run(parent, record)
    assert tracker.log_model_run(parent, replace(record, started_at=None)) == first
    steeper = replace(record, curves={**record.curves, "loss": CURVE[:7]})
    assert steeper.content_name != record.content_name
    second = tracker.log_model_run(parent, replace(record, fold_metrics={"mae": [0.1]}))
    assert second != first
    assert [run.info.run_id for run in tracker._runs_under(parent)] == [second]


def test_a_half_written_record_is_written_anew(
    tracker: Tracker, record: ModelRunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = tracker.start_campaign_run("r")

    def break_down(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tracker.store.client, "log_inputs", break_down)
        with pytest.raises(
            Failed, match=r"cannot log the data set in MLflow \(sqlite.*\): no space left on device"
        ):
            tracker.log_model_run(parent, record)
    (half,) = tracker._runs_under(parent)
    assert half.info.status == "RUNNING"
    run_id = tracker.log_model_run(parent, record)
    assert [run.info.run_id for run in tracker._runs_under(parent)] == [run_id]
    assert tracker.store.client.get_run(half.info.run_id).info.lifecycle_stage == "deleted"
    assert tracker.store.client.get_run(run_id).data.tags[RECORD] == record.content_name


def test_limits_of_mlflow_are_kept(tracker: Tracker, record: ModelRunRecord) -> None:
    many = {f"parameter {i} (eV/Å³)": "x" * 7000 if i == 0 else i for i in range(230)}
    run_id = tracker.log_model_run(
        tracker.start_campaign_run("r"), replace(record, params=many, fold_metrics={"R² (test)": [0.5] * 600})
    )
    run = tracker.store.client.get_run(run_id)
    assert len(run.data.params) == 230
    assert run.data.params["parameter 0 _eV/Å³_"].endswith("… (cut; 7000 characters)")
    assert {"R² _test_", "R² _test__mean"} <= set(run.data.metrics)
    files = {file.path for file in tracker.store.client.list_artifacts(run_id)}
    assert files == {"long_parameters.json", "parity.png"}


def test_an_interrupted_campaign_is_taken_up(tracker: Tracker, record: ModelRunRecord) -> None:
    parent = tracker.start_campaign_run("r")
    run_id = tracker.log_model_run(parent, record)
    tracker.finish(parent, "KILLED")
    later = Tracker(tracker.store, "solar-absorbers")
    assert later.resume_campaign_run(parent)
    assert tracker.store.client.get_run(parent).info.status == "RUNNING"
    assert later.log_model_run(parent, record) == run_id
    tracker.store.client.delete_run(parent)
    assert not later.resume_campaign_run(parent)
    assert not later.resume_campaign_run("0" * 32)


def test_threads_may_log_at_the_same_time(tracker: Tracker, record: ModelRunRecord) -> None:
    parent = tracker.start_campaign_run("r")
    threads = [
        threading.Thread(target=tracker.log_model_run, args=(parent, replace(record, name=f"model {i}")))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = tracker._runs_under(parent)
    assert sorted(run.info.run_name for run in runs) == [f"model {i}" for i in range(8)]
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_a_missing_file_is_said_before_anything_is_written(tracker: Tracker, record: ModelRunRecord) -> None:
    parent = tracker.start_campaign_run("r")
    with pytest.raises(Failed, match="there is no file /no/such"):
        tracker.log_model_run(parent, replace(record, artifacts=(Path("/no/such"),)))
    assert tracker._runs_under(parent) == []


def test_a_records_name_is_stable_for_ever() -> None:
    record = ModelRunRecord("ridge", {"alpha": 1.0}, {"mae": [0.5, math.nan]}, {"split": "random"})
    assert record.content_name == replace(record, ended_at=5.0).content_name
    # blake2b-128 of {"data": "", "folds": {"mae": ["0.5", "nan"]}, "name": "ridge",
    # "params": {"alpha": "1.0"}, "tags": {"split": "random"}}
    assert record.content_name == "e680680f2d351e6aa26ef0125f4f0c79"
