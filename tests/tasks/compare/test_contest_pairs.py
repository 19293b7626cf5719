"""Cross-validations are paired by their folds, else by the rows in common, else not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matsluice.tasks.compare.contest_pairs import Side, compare_sides, pairs_of_runs, pairs_within
from matsluice.tasks.compare.row_errors import common_rows, row_errors


def folder(path: Path, **changes: Any) -> tuple[Path, pd.DataFrame]:
    """Write a run's predictions of 60 rows by a model "a", with other columns where asked."""
    path.mkdir()
    rng = np.random.default_rng(0)
    truth = rng.normal(size=60)
    table = pd.DataFrame(
        {
            "id": [f"m{i}" for i in range(60)],
            "formula": [f"Fe{i // 2 + 1}O" for i in range(60)],
            "target": "gap",
            "model": "a",
            "split": "random",
            "fold": np.arange(60) % 5,
            "y_true": truth,
            "y_pred": truth + rng.normal(0.0, 0.3, 60),
        }
        | changes
    )
    table.to_parquet(path / "cv_predictions.parquet")
    return path, table


def side(path: Path, model: str = "a") -> Side:
    table = pd.read_parquet(path / "cv_predictions.parquet")
    table = table[table["model"] == model]
    folds = (table["y_pred"] - table["y_true"]).abs().groupby(table["fold"]).mean().tolist()
    entry = {
        "model": model,
        "target": "gap",
        "split": "random",
        "metrics": {"mae": {"mean": float(np.mean(folds)), "folds": folds}},
    }
    return Side(path, entry)


def test_the_same_run_twice(tmp_path: Path) -> None:
    first, _ = folder(tmp_path / "first")
    second, _ = folder(tmp_path / "second")
    (found,) = compare_sides(pairs_of_runs([side(second)], [side(first)]))
    assert found.verdict == "the same predictions"
    assert found.difference is not None
    assert (found.difference.by, found.difference.count) == ("folds", 5)


def test_a_better_model_on_the_same_folds(tmp_path: Path) -> None:
    first, table = folder(tmp_path / "first")
    second, _ = folder(
        tmp_path / "second", y_pred=table["y_true"] + 0.3 * (table["y_pred"] - table["y_true"])
    )
    (found,) = compare_sides(pairs_of_runs([side(second)], [side(first)]))
    assert (found.verdict, found.difference and found.difference.by) == ("better", "folds")
    (turned,) = compare_sides(pairs_of_runs([side(first)], [side(second)]))
    assert turned.verdict == "worse"


def test_other_folds_of_the_same_rows_are_paired_by_material(tmp_path: Path) -> None:
    first, table = folder(tmp_path / "first")
    better = table["y_true"] + 0.3 * (table["y_pred"] - table["y_true"])
    second, _ = folder(tmp_path / "second", fold=np.arange(60) // 12, y_pred=better)
    (found,) = compare_sides(pairs_of_runs([side(second)], [side(first)]))
    assert found.difference is not None
    assert (found.difference.by, found.difference.count, found.verdict) == ("materials", 30, "better")


def test_other_rows_are_not_paired(tmp_path: Path) -> None:
    first, _ = folder(tmp_path / "first")
    second, _ = folder(tmp_path / "second", id=[f"n{i}" for i in range(60)])
    (found,) = compare_sides(pairs_of_runs([side(second)], [side(first)]))
    assert found.difference is not None
    assert (found.difference.by, found.verdict) == ("nothing", "no difference beyond noise")


def test_another_label_is_another_row(tmp_path: Path) -> None:
    first, table = folder(tmp_path / "first")
    truth = table["y_true"].copy()
    truth.iloc[0] += 1.0
    second, _ = folder(tmp_path / "second", y_true=truth)
    now, before = (row_errors(path, "a", "gap", "random") for path in (second, first))
    assert now is not None
    assert before is not None
    common = common_rows(now, before)
    assert (len(common.now), common.same_folds) == (59, False)


def test_repeated_rows_are_counted_off(tmp_path: Path) -> None:
    repeated = {"id": ["m"] * 60, "formula": ["FeO"] * 60, "y_true": np.zeros(60)}
    first, _ = folder(tmp_path / "first", **repeated)
    second, _ = folder(tmp_path / "second", **repeated)
    now, before = (row_errors(path, "a", "gap", "random") for path in (second, first))
    assert now is not None
    assert before is not None
    common = common_rows(now, before)
    assert (len(common.now), common.same_folds) == (60, True)
    assert np.array_equal(common.now, common.before)


def test_classes_are_compared_by_the_surprise_of_the_truth(tmp_path: Path) -> None:
    path, _ = folder(
        tmp_path / "first",
        y_true=["gap", "metal"] * 30,
        y_pred="gap",
        probability_gap=[0.75, 1.0] * 30,
        probability_metal=[0.25, 0.0] * 30,
    )
    errors = row_errors(path, "a", "gap", "random")
    assert errors is not None
    assert errors["error"].iloc[0] == pytest.approx(-np.log(0.75))
    assert 30 < errors["error"].iloc[1] < 40  # called impossible, and true


def test_models_of_one_run(tmp_path: Path) -> None:
    path, table = folder(tmp_path / "first")
    worse = table.assign(model="b", y_pred=table["y_true"] + 4 * (table["y_pred"] - table["y_true"]))
    pd.concat([table, worse]).to_parquet(path / "cv_predictions.parquet")
    sides = [side(path), side(path, "b")]
    (found,) = compare_sides(pairs_within(sides, "a"))
    assert (found.model, found.model_before, found.verdict) == ("b", "a", "worse")


def test_a_fold_without_a_score(tmp_path: Path) -> None:
    first, _ = folder(tmp_path / "first")
    missing = side(first)
    missing = Side(
        first, {**missing.entry, "metrics": {"mae": {"mean": None, "folds": [None, 1.0, 1.0, 1.0, 1.0]}}}
    )
    (found,) = compare_sides([(missing, side(first))])
    assert found.difference is not None
    assert found.difference.by == "materials"  # the rows are there nevertheless
    (first / "cv_predictions.parquet").unlink()
    (found,) = compare_sides([(missing, missing)])
    assert found.verdict == "cannot be told"
