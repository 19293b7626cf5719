"""The key of a fit changes with everything the fit is made from, and with nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.train import fit_key as module
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fit_final import FinalCall
from matsluice.tasks.train.fit_fold import FoldCall
from matsluice.tasks.train.fit_key import fit_key, rows_digest

Problem = Any  # conftest.py has it


@pytest.fixture
def call(problem: Problem) -> FoldCall:
    calls: list[FoldCall] = problem.contest("ridge", alpha=1.0).fold_calls(problem.work, 7)
    return calls[0]


def digest_of(call: FoldCall) -> str:
    return rows_digest(Path(call.matrix), Path(call.rows))


def test_the_same_work_elsewhere_has_the_same_key(problem: Problem, call: FoldCall, tmp_path: Path) -> None:
    shutil.copytree(problem.work, tmp_path / "copy")
    other = problem.contest("ridge", alpha=1.0).fold_calls(tmp_path / "copy", 7)[0]
    assert other.matrix != call.matrix
    assert fit_key(other, digest_of(other)) == fit_key(call, digest_of(call))


def test_whatever_it_is_made_from_changes_it(call: FoldCall, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = digest_of(call)
    others = [
        replace(call, fold=1),
        replace(call, kind="svm"),
        replace(call, seed=call.seed + 1),
        replace(call, parameters={"alpha": 2.0}),
        replace(call, parameters={}),
        replace(call, folds=call.folds.replace("composition", "random")),
        replace(call, groups=""),
    ]
    keys = {fit_key(other, rows) for other in (call, *others)} | {fit_key(call, "other rows")}
    assert len(keys) == len(others) + 2
    monkeypatch.setattr(module, "code_digest", lambda: "another version of a library")
    assert fit_key(call, rows) not in keys


def test_other_groups_are_another_fit_and_other_paths_of_the_same_are_not(
    call: FoldCall, tmp_path: Path
) -> None:
    groups = np.load(call.groups)
    np.save(tmp_path / "same.npy", groups)
    np.save(tmp_path / "other.npy", np.where(groups == groups[0], groups[-1], groups))
    assert fit_key(replace(call, groups=str(tmp_path / "same.npy")), "rows") == fit_key(call, "rows")
    assert fit_key(replace(call, groups=str(tmp_path / "other.npy")), "rows") != fit_key(call, "rows")


@pytest.mark.parametrize(
    "what", ["a feature", "a label", "an id", "a column", "a row less", "classes", "a class's name"]
)
def test_rows_that_differ_anywhere_differ(problem: Problem, tmp_path: Path, what: str) -> None:
    work = tmp_path / "copy"
    shutil.copytree(problem.work, work)
    X, rows = problem.X.copy(), problem.rows
    if what == "a feature":
        X[rows.material[-1], 2] = np.nextafter(X[rows.material[-1], 2], np.inf)
    elif what == "a label":
        rows = replace(rows, y=np.where(np.arange(len(rows.y)) == 9, 0.5, rows.y))
    elif what == "an id":
        rows = replace(rows, ids=np.where(rows.ids == "4", "four", rows.ids))
    elif what == "a column":
        X = X[:, :4]
    elif what in {"classes", "a class's name"}:
        rows = replace(rows, y=(rows.y > 2).astype(np.int64), classes=np.array(["gap", "metal"]))
    else:
        rows = training_rows.TrainingRows(rows.ids[:-1], rows.formulas[:-1], rows.material[:-1], rows.y[:-1])
    np.save(work / "matrix.npy", X)
    training_rows.save(rows, work / "target-0" / "rows")
    before = rows_digest(problem.work / "matrix.npy", problem.work / "target-0" / "rows")
    if what == "a class's name":
        before = rows_digest(work / "matrix.npy", work / "target-0" / "rows")
        training_rows.save(replace(rows, classes=np.array(["gap", "metallic"])), work / "target-0" / "rows")
    assert rows_digest(work / "matrix.npy", work / "target-0" / "rows") != before


def test_materials_without_a_label_and_their_places_do_not_count(problem: Problem, tmp_path: Path) -> None:
    work = tmp_path / "copy"
    shutil.copytree(problem.work, work)
    # Three unlabelled materials come first in the source.
    np.save(work / "matrix.npy", np.vstack([np.ones((3, 5)), problem.X]))
    training_rows.save(replace(problem.rows, material=problem.rows.material + 3), work / "target-0" / "rows")
    before = rows_digest(problem.work / "matrix.npy", problem.work / "target-0" / "rows")
    assert rows_digest(work / "matrix.npy", work / "target-0" / "rows") == before


def test_a_plugin_counts_by_what_is_in_it(call: FoldCall, tmp_path: Path) -> None:
    np.savez(tmp_path / "seen.npz", y_true=np.zeros(3), y_pred=np.ones(3))

    def final(folder: str, text: str) -> FinalCall:
        return FinalCall(
            matrix=call.matrix,
            rows=call.rows,
            folds=call.folds,
            kind="ridge",
            seed=1,
            output=f"{folder}/champion.joblib",
            predictions=str(tmp_path / "seen.npz"),
            plugins=(PluginFile(f"{folder}/plugins/mine.py", text),),
        )

    assert fit_key(final("one", "x = 1"), "rows") == fit_key(final("two", "x = 1"), "rows")
    assert fit_key(final("one", "x = 1"), "rows") != fit_key(final("one", "x = 2"), "rows")
    before = fit_key(final("one", "x = 1"), "rows")
    np.savez(tmp_path / "seen.npz", y_true=np.zeros(3), y_pred=np.full(3, 2.0))
    assert fit_key(final("one", "x = 1"), "rows") != before
