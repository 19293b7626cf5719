"""What is kept of a model beside its numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.train.fit_fold import fit_fold
from matsluice.tasks.train.model_artifacts import (
    ArtifactCall,
    champion_predictions,
    concatenate_tables,
    write_artifacts,
)

Problem = Any  # conftest.py has it

PNG = b"\x89PNG\r\n\x1a\n"


def artifacts(problem: Problem, kind: str, folder: Path) -> list[Path]:
    contest = problem.contest(kind)
    call = ArtifactCall(
        outputs=tuple(fit_fold(call) for call in contest.fold_calls(problem.work, 7)),
        rows=str(contest.rows(problem.work)),
        model=kind,
        target="gap",
        unit="eV",
        split="composition",
        confidence=0.9,
        columns=("a", "b", "c", "d", "e"),
        folder=str(folder),
    )
    return [Path(path) for path in write_artifacts(call)]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("dummy", {"cv_predictions.parquet", "parity.png", "residuals.png"}),
        (
            "ridge",
            {"cv_predictions.parquet", "parity.png", "residuals.png", "importance.csv", "importance.png"},
        ),
    ],
)
def test_files(problem: Problem, tmp_path: Path, kind: str, names: set[str]) -> None:
    written = artifacts(problem, kind, tmp_path)
    assert written[0].name == "cv_predictions.parquet"
    assert {path.name for path in written} == names == {path.name for path in tmp_path.iterdir()}
    for path in written:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(PNG)
    if "importance.csv" in names:
        shares = pd.read_csv(tmp_path / "importance.csv")
        assert shares["importance"].is_monotonic_decreasing
        assert shares["importance"].sum() == pytest.approx(1.0)
        assert shares["column"].tolist()[:2] == ["a", "b"]  # of which the values were made


def test_predictions_of_all_models_stand_in_one_table(problem: Problem, tmp_path: Path) -> None:
    tables = [artifacts(problem, kind, tmp_path / kind)[0] for kind in ("dummy", "ridge")]
    concatenate_tables(tables, tmp_path / "all.parquet")
    everything = pd.read_parquet(tmp_path / "all.parquet")
    assert everything["model"].unique().tolist() == ["dummy", "ridge"]
    expected = pd.concat([pd.read_parquet(table) for table in tables], ignore_index=True)
    pd.testing.assert_frame_equal(everything, expected)


def test_predictions_of_the_champion_are_each_rows_own(problem: Problem, tmp_path: Path) -> None:
    contest = problem.contest("ridge")
    outputs = [fit_fold(call) for call in contest.fold_calls(problem.work, 7)]
    champion_predictions(outputs, contest.rows(problem.work), tmp_path / "p.npz")
    with np.load(tmp_path / "p.npz") as file:
        assert len(file["y_true"]) == (load_folds(contest.fold_file(problem.work)).partition() >= 0).sum()
        # Ridge is right here to within noise and shrinkage; rows mixed up would be off by more than 1.
        assert np.abs(file["y_true"] - file["prediction"]).mean() < 0.3
