"""The file that matbench reads: its keys, and the digest it checks."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from matsluice.tasks.leaderboard.fold_scores import class_scores, number_scores
from matsluice.tasks.leaderboard.submission import benchmark_record, task_record, write_submission


def test_what_is_read_back_has_matbenchs_keys_and_its_own_digest(tmp_path: Path) -> None:
    scores = number_scores(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    fold = {"data": {"mb-steels-002": 3.0, "mb-steels-001": 1.0}, "parameters": {}, "scores": scores}
    record = benchmark_record(
        {"matbench_steels": task_record("matbench_steels", {"fold_0": fold})},
        {"algorithm": "x"},
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    write_submission(record, tmp_path / "results.json.gz")
    read = json.loads(gzip.decompress((tmp_path / "results.json.gz").read_bytes()))
    assert set(read) == {
        "@module", "@class", "version", "tasks", "user_metadata", "benchmark_name", "datestamp", "hash",
    }  # fmt: skip
    assert (read["@module"], read["@class"]) == ("matbench.bench", "MatbenchBenchmark")
    assert read["datestamp"] == "2026.01.02 03:04.05"
    task = read["tasks"]["matbench_steels"]
    assert set(task) == {"@module", "@class", "benchmark_name", "dataset_name", "results"}
    assert set(task["results"]["fold_0"]) == {"data", "parameters", "scores"}
    assert set(task["results"]["fold_0"]["scores"]) == {"mae", "rmse", "mape", "max_error"}
    # As matbench takes it: keys sorted at every level, lists as they are, json's own spacing.
    said = read.pop("hash")
    assert said == hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def test_scores_are_scikit_learns() -> None:
    from sklearn.metrics import mean_absolute_percentage_error, root_mean_squared_error

    chance = np.random.default_rng(0)
    y, said = chance.uniform(1, 2, 50), chance.uniform(1, 2, 50)
    scores = number_scores(y, said)
    assert scores["rmse"] == pytest.approx(root_mean_squared_error(y, said))
    assert scores["mape"] == pytest.approx(mean_absolute_percentage_error(y, said))
    assert scores["max_error"] == pytest.approx(np.abs(y - said).max())
    classes = class_scores((y > 1.5).astype(int), said - 1)
    assert classes["rocauc_label"] == pytest.approx(classes["balanced_accuracy"])
