"""A search sees the training rows of its fold, and nothing that stands in any other row moves it by a bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.models.inner_folds import inner_folds
from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows
from matsluice.tasks.tune import scoring
from matsluice.tasks.tune.learned_rows import FOR_HOLDOUT, FOR_USE, learned_rows
from matsluice.tasks.tune.search import batch_calls

Any_ = Callable[..., Any]


def unseen(fold: np.ndarray, place: int) -> np.ndarray:
    """Return the rows that a search must not know."""
    return fold < 0 if place == FOR_HOLDOUT else (fold < 0) | (fold == place)


@pytest.mark.parametrize("place", [0, 2, FOR_HOLDOUT])
@pytest.mark.parametrize(("kind", "classes"), [("svm", False), ("xgboost", False), ("logistic", True)])
def test_what_stands_in_other_rows_changes_no_trial(
    make_search: Any_, finish: Any_, place: int, kind: str, classes: bool
) -> None:
    def spoiled(X: np.ndarray, rows: TrainingRows, fold: np.ndarray) -> TrainingRows:
        hidden = unseen(fold, place)
        chance = np.random.default_rng(0)
        # Materials of hidden rows alone: with the composition split they are never in a seen row.
        X[np.unique(rows.material[hidden])] = np.inf
        y = rows.y.copy()
        y[hidden] = 1 - y[hidden] if classes else chance.normal(1e6, 1e6, hidden.sum())
        return replace(rows, y=y)

    small = {"trials": 5, "classes": classes}
    honest = finish(make_search(kind, "composition", place, where="honest", **small))
    other = finish(make_search(kind, "composition", place, where="spoiled", spoil=spoiled, **small))
    assert honest == other
    assert any(trial.state == "complete" for trial in honest)


def test_the_same_noise_in_rows_that_are_learned_from_is_seen(make_search: Any_, finish: Any_) -> None:
    def spoiled(X: np.ndarray, rows: TrainingRows, fold: np.ndarray) -> TrainingRows:
        y = rows.y.copy()
        y[np.flatnonzero(fold == 1)[0]] += 1e-3
        return replace(rows, y=y)

    honest = finish(make_search(trials=4, where="honest"))
    assert honest != finish(make_search(trials=4, where="spoiled", spoil=spoiled))


class Spied(np.ndarray[Any, Any]):
    """An array that tells which rows are taken out of it."""

    taken: set[int]

    def __getitem__(self, key: Any) -> Any:
        self.taken.update(np.arange(len(self))[key].ravel().tolist())
        return np.asarray(self)[key]


@pytest.mark.parametrize("place", [0, 1, FOR_HOLDOUT, FOR_USE])
def test_no_other_row_is_even_read(make_search: Any_, monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    call = make_search("ridge", "composition", place)
    features, labels = set[int](), set[int]()
    load_rows, load = training_rows.load, np.load

    def spied(array: np.ndarray, taken: set[int]) -> Spied:
        seen = np.asarray(array).view(Spied)
        seen.taken = taken
        return seen

    def rows_spied(folder: Path) -> TrainingRows:
        rows = load_rows(folder)
        return replace(rows, y=spied(rows.y, labels))

    def load_spied(path: Any, *words: Any, **named: Any) -> Any:
        found = load(path, *words, **named)
        return spied(found, features) if Path(path).name == "matrix.npy" else found

    monkeypatch.setattr(training_rows, "load", rows_spied)
    monkeypatch.setattr(np, "load", load_spied)
    trial = scoring.score_trial(batch_calls(call, [])[1])
    monkeypatch.undo()
    rows = load_rows(Path(call.rows))
    allowed = learned_rows(call.folds, place)
    assert trial.state == "complete"
    assert labels == set(allowed.tolist())
    assert features == set(rows.material[allowed].tolist())
    if place != FOR_USE:
        hidden = np.flatnonzero(unseen(load_folds(call.folds).partition(), place))
        assert not labels & set(hidden.tolist())
        assert not features & set(rows.material[hidden].tolist())


def test_inner_folds_keep_the_groups_of_the_split_together(
    make_search: Any_, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = make_search("ridge", "composition")
    seen: list[tuple[set[int], set[int]]] = []
    divide = inner_folds

    def spied(y: Any, groups: Any, *words: Any, **named: Any) -> Any:
        folds = divide(y, groups, *words, **named)
        seen.extend((set(groups[fit].tolist()), set(groups[test].tolist())) for fit, test in folds)
        return folds

    monkeypatch.setattr(scoring, "inner_folds", spied)
    scoring.score_trial(batch_calls(call, [])[0])
    assert len(seen) == 3
    assert not any(fit & test for fit, test in seen)


def test_every_trial_of_a_search_has_the_same_inner_folds_and_seed(make_search: Any_) -> None:
    calls = batch_calls(make_search("random_forest"), [])
    assert len({(call.inner_seed, call.seed) for call in calls}) == 1
    assert len({str(call.setting) for call in calls}) == len(calls)
