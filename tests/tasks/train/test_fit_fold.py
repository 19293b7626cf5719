"""One model on one fold."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.models.catalogue import make_model
from matsluice.tasks.split.folds import HOLDOUT, load_folds
from matsluice.tasks.train.fit_fold import FoldCall, fit_fold
from matsluice.tasks.train.loss_curves import loss_curves, thinned
from matsluice.tasks.train.plan import Contest

Problem = Any  # conftest.py has it

SMALL: dict[str, dict[str, Any]] = {
    "dummy": {},
    "ridge": {},
    "svm": {},
    "random_forest": {"n_estimators": 15},
    "xgboost": {"n_estimators": 15},
}
ELSEWHERE = """
import sys
from matsluice.tasks.train.fit_fold import FoldCall, fit_fold
fit_fold(eval(sys.argv[1]))
"""


def call_of(problem: Problem, kind: str, output: Path, fold: int = 1) -> FoldCall:
    contest: Contest = problem.contest(kind, **SMALL[kind])
    call = contest.fold_calls(problem.work, campaign_seed=7)[fold]
    return replace(call, output=str(output))


def outcome(path: str | Path) -> dict[str, bytes]:
    with np.load(path) as file:
        return {name: file[name].tobytes() for name in file.files if name != "seconds"}


@pytest.mark.parametrize("kind", SMALL)
def test_what_is_predicted_is_the_fold_and_what_is_learned_from_are_the_others(
    problem: Problem, tmp_path: Path, kind: str
) -> None:
    call = call_of(problem, kind, tmp_path / "fold.npz")
    assert fit_fold(call) == call.output
    fold = load_folds(call.folds).partition()
    train, test = np.flatnonzero((fold != HOLDOUT) & (fold != 1)), np.flatnonzero(fold == 1)
    by_hand = make_model(kind, SMALL[kind], call.seed)
    by_hand.fit(problem.X[problem.rows.material[train]], problem.rows.y[train])
    with np.load(call.output) as file:
        assert (file["row"] == test).all()
        assert (file["y_pred"] == by_hand.predict(problem.X[problem.rows.material[test]])).all()
        assert file["in_domain"].dtype == bool
        assert file["seconds"] > 0
        importance = file["importance"]
    assert len(importance) in (0, 5)
    if len(importance):
        assert importance.sum() == pytest.approx(1.0)
        assert importance.argmax() == 0


@pytest.mark.parametrize("kind", SMALL)
def test_it_is_reproducible_to_the_bit(problem: Problem, tmp_path: Path, kind: str) -> None:
    first, second = (call_of(problem, kind, tmp_path / name) for name in ("a.npz", "b.npz"))
    assert outcome(fit_fold(first)) == outcome(fit_fold(second))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("mlp", {"hidden": (4,), "epochs": 12}),
        ("kan", {"hidden": (1,), "steps": 12}),
        ("stacking", {"members": ("ridge", "knn"), "inner_folds": 2}),
    ],
)
def test_the_loss_of_each_epoch_is_kept(
    problem: Problem, tmp_path: Path, kind: str, settings: dict[str, Any]
) -> None:
    calls = problem.contest(kind, **settings).fold_calls(tmp_path, campaign_seed=7)
    places = {"matrix": problem.work / "matrix.npy", "rows": problem.work / "target-0" / "rows"}
    for call in calls:
        here = {name: str(path) for name, path in places.items()}
        folder = problem.work / "target-0"
        folds, groups = (str(folder / f"{name}-composition.npy") for name in ("folds", "groups"))
        fit_fold(replace(call, **here, folds=folds, groups=groups))
    with np.load(calls[0].output) as file:
        losses, validation = file["loss"], file["validation_loss"]
    curves = loss_curves([call.output for call in calls])
    if kind == "stacking":
        assert (len(losses), curves) == (0, {})
        return
    assert losses[-1] < losses[0]
    assert len(validation) == 0
    epochs, values = zip(*curves["loss"], strict=True)
    assert list(epochs) == list(range(1, len(epochs) + 1))
    firsts = [np.load(call.output)["loss"][0] for call in calls]
    lasts = [np.load(call.output)["loss"][-1] for call in calls]
    assert (values[0], values[-1]) == (pytest.approx(np.mean(firsts)), pytest.approx(np.mean(lasts)))


def test_a_long_curve_keeps_a_thousand_points() -> None:
    losses = np.exp(-np.arange(12345.0) / 1000)
    curve = thinned(losses)
    assert (len(curve), curve[0], curve[-1]) == (1000, (1, 1.0), (12345, losses[-1]))
    assert all(value == losses[epoch - 1] for epoch, value in curve)
    steps = np.diff([epoch for epoch, _ in curve])
    assert steps.max() - steps.min() <= 1


def test_another_process_comes_to_the_same_bits(problem: Problem, tmp_path: Path) -> None:
    here, there = (call_of(problem, "random_forest", tmp_path / name) for name in ("here.npz", "there.npz"))
    fit_fold(here)
    subprocess.run([sys.executable, "-c", ELSEWHERE, repr(there)], check=True)
    assert outcome(here.output) == outcome(there.output)


def test_every_fold_has_a_seed_of_its_own(problem: Problem) -> None:
    calls = [
        call
        for split in ("random", "composition")
        for kind in SMALL
        for call in problem.contest(kind, split).fold_calls(problem.work, campaign_seed=7)
    ]
    assert len({call.seed for call in calls}) == len({call.output for call in calls}) == len(calls) == 30


def test_a_file_that_is_there_is_left_as_it_is(problem: Problem, tmp_path: Path) -> None:
    call = call_of(problem, "ridge", tmp_path / "fold.npz")
    Path(call.output).write_bytes(b"by an earlier call")
    assert fit_fold(call) == call.output
    assert Path(call.output).read_bytes() == b"by an earlier call"


def test_the_holdout_is_never_looked_at(problem: Problem, tmp_path: Path) -> None:
    spoilt = problem.X.copy()
    fold = load_folds(problem.contest("ridge").fold_file(problem.work)).partition()
    spoilt[np.unique(problem.rows.material[fold == HOLDOUT])] = 1e9
    np.save(tmp_path / "spoilt.npy", spoilt)
    clean, other = (call_of(problem, "ridge", tmp_path / name) for name in ("a.npz", "b.npz"))
    assert outcome(fit_fold(clean)) == outcome(fit_fold(replace(other, matrix=str(tmp_path / "spoilt.npy"))))


def test_filling_and_scaling_never_look_at_the_fold_that_is_predicted(
    problem: Problem, tmp_path: Path
) -> None:
    """Spoiling one test material changes its own prediction, and no other's."""
    call = call_of(problem, "ridge", tmp_path / "a.npz")
    fold = load_folds(call.folds).partition()
    material = problem.rows.material[fold == 1]
    spoilt = problem.X.copy()
    spoilt[material[0]] = 1e6
    np.save(tmp_path / "spoilt.npy", spoilt)
    fit_fold(call)
    fit_fold(replace(call, matrix=str(tmp_path / "spoilt.npy"), output=str(tmp_path / "b.npz")))
    before, after = np.load(tmp_path / "a.npz")["y_pred"], np.load(tmp_path / "b.npz")["y_pred"]
    others = material != material[0]
    assert (before[others] == after[others]).all()
    assert (before[~others] != after[~others]).all()
