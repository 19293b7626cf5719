"""A study on a campaign's files: the rows it takes, what it leaves, and how it is refused."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.infra.mistakes import Hindered
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.split.folds import Folds
from matsluice.tasks.studies.findings import Findings, read_findings
from matsluice.tasks.studies.run_study import StudyCall, data_of, files_of, run_study
from matsluice.tasks.studies.study_data import FoldRows, StudyData, sampled
from matsluice.tasks.studies.study_key import study_key
from matsluice.tasks.studies.study_spec import StudySpec
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows

ROWS = 80
FOLD = np.repeat([-1, 0, 1, 2], ROWS // 4)
OPTIONS = {"optimizers": ("lbfgs",), "hidden": (2,), "epochs": 3}


@pytest.fixture
def call(tmp_path: Path) -> StudyCall:
    """A small study of optimisers, its files in place."""
    chance = np.random.default_rng(0)
    X = chance.normal(size=(ROWS, 4))
    X[::7, 3] = np.nan
    names = np.array([f"row-{place}" for place in range(ROWS)])
    save_array(tmp_path / "matrix.npy", X)
    Folds.of_partition(FOLD).save(tmp_path / "folds.npy")
    training_rows.save(TrainingRows(names, names, np.arange(ROWS)[::-1], X[::-1, 0] ** 2), tmp_path / "rows")
    return StudyCall(
        kind="optimizers",
        options=OPTIONS,
        seed=1,
        output=str(tmp_path / "studies" / "optimizers" / "study.json"),
        matrix=str(tmp_path / "matrix.npy"),
        rows=str(tmp_path / "rows"),
        folds=str(tmp_path / "folds.npy"),
        most_rows=45,
        rows_seed=2,
        target="band_gap",
        unit="eV",
        split="composition",
        columns=tuple("abcd"),
        blocks={"one": (0, 4)},
    )


def test_rows_are_drawn_outside_the_hold_out_and_keep_their_folds(call: StudyCall) -> None:
    data = data_of(call)
    assert len(data.y) == 45
    assert data.rows_of == 60
    places = sampled(FOLD, 45, 2)
    assert (FOLD[places] == data.fold).all()
    assert (data.fold >= 0).all()
    # Features and values are those of the same rows.
    assert np.allclose(data.X[:, 0] ** 2, data.y)
    assert (data_of(replace(call, seed=9)).y == data.y).all()
    assert (data_of(replace(call, rows_seed=3)).y != data.y).any()


def test_all_rows_are_taken_where_there_are_few() -> None:
    assert (sampled(FOLD, 1000, 0) == np.flatnonzero(FOLD >= 0)).all()


def test_too_few_rows_of_a_fold_are_refused() -> None:
    with pytest.raises(ValueError, match="a fold has 1, fewer than 5: raise the study's rows or lower"):
        sampled(np.array([0] * 20 + [1]), 1000, 0)


def test_features_are_prepared_by_what_is_learned_from() -> None:
    X = np.random.default_rng(1).normal(size=(40, 3))
    X[:20, 1] = np.nan
    X[:, 2] = 7.0
    fold = np.repeat([0, 1], 20)
    y = X[:, 0].copy()

    def prepared(X: Any) -> FoldRows:
        data = StudyData(X, y, fold, (), "gap", "eV", "random", ("a", "b", "c"), {}, 40)
        return data.prepared()[0]

    moved = X.copy()
    moved[:20] *= 1000.0  # rows that fold 0 leaves out
    first, then = prepared(X), prepared(moved)
    assert (first.X == then.X).all()
    assert np.isfinite(then.X_test).all()
    # The constant column is left out; values beyond those learned from are bounded by them.
    assert first.X.shape[1] == 2
    assert np.abs(then.X_test).max() <= np.abs(first.X).max() + 1e-12


def test_findings_and_figures_are_left_and_not_made_again(call: StudyCall) -> None:
    run_study(call)
    folder = Path(call.output).parent
    files = files_of(call.kind, folder)
    assert [path.name for path in files] == [
        "study.json",
        "loss-by-epoch.png",
        "loss-by-gradient-evaluations.png",
        "loss-by-seconds.png",
    ]
    before = {path: path.read_bytes() for path in files}
    files[1].unlink()
    run_study(replace(call, options={**OPTIONS, "epochs": 5}))
    # What is there is left as it is; the figure is drawn from it, to the same bytes.
    assert {path: path.read_bytes() for path in files} == before
    findings = read_findings(folder)
    assert findings is not None
    assert findings.data == {
        "target": "band_gap", "unit": "eV", "split": "composition", "rows": 45, "rows_of": 60, "columns": 4, "folds": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "said"),
    [(ValueError("one class is there"), "one class is there"), (KeyError("gap"), "KeyError: 'gap'")],
)
def test_a_study_that_cannot_be_done_leaves_its_reason(
    call: StudyCall, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def run(*_: object) -> Findings:
        raise error

    monkeypatch.setattr(StudySpec, "run", run)
    run_study(call)
    findings = read_findings(Path(call.output).parent)
    assert findings is not None
    assert findings.refusal == said
    assert findings.data["rows"] == 45
    assert files_of(call.kind, Path(call.output).parent) == (Path(call.output),)
    # It is not tried again by the same run.
    monkeypatch.undo()
    run_study(call)
    assert read_findings(Path(call.output).parent) == findings


def test_a_disk_that_gives_way_is_no_refusal(call: StudyCall, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> Findings:
        raise OSError(errno.ENOSPC, "No space left on device", "/w/study.json")

    monkeypatch.setattr(StudySpec, "run", run)
    with pytest.raises(Hindered, match="is full"):
        run_study(call)
    assert not Path(call.output).exists()


def test_the_key_is_of_what_changes_the_findings(call: StudyCall, tmp_path: Path) -> None:
    key = study_key(call, "rows")
    assert study_key(replace(call, output=str(tmp_path / "elsewhere" / "study.json")), "rows") == key
    changes: tuple[dict[str, Any], ...] = (
        {"seed": 2},
        {"options": {**OPTIONS, "epochs": 4}},
        {"most_rows": 44},
        {"rows_seed": 3},
        {"kind": "separability"},
    )
    others = [
        study_key(call, "other rows"),
        *(study_key(replace(call, **change), "rows") for change in changes),
    ]
    Folds.of_partition(FOLD[::-1]).save(tmp_path / "folds.npy")
    others.append(study_key(call, "rows"))
    assert len({key, *others}) == len(others) + 1
