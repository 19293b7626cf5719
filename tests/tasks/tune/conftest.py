"""A small problem on disk, and a search in the training rows of its first fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from matsluice.models.catalogue import MODELS
from matsluice.tasks.split.assign import divide
from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.train.training_rows import TrainingRows
from matsluice.tasks.tune.scoring import score_trial
from matsluice.tasks.tune.search import SearchCall, SearchPlan, batch_calls
from matsluice.tasks.tune.trial import Trial

MakeSearch = Callable[..., SearchCall]
Finish = Callable[[SearchCall], list[Trial]]


@dataclass(frozen=True)
class Division:
    """What a campaign's [validation] says."""

    holdout: float = 0.2
    folds: int = 3
    splits: tuple[str, ...] = ("random", "composition")


def small_rows(classes: bool) -> tuple[np.ndarray, TrainingRows]:
    """Return features of 80 materials and two rows of most of them."""
    chance = np.random.default_rng(5)
    X = chance.normal(size=(80, 6))
    material = np.sort(np.concatenate([np.arange(80), np.arange(60)]))
    y = np.sin(2 * X[material, 0]) + X[material, 1] ** 2 + chance.normal(scale=0.1, size=len(material))
    names = np.char.add("M", material.astype(str))
    ids = np.arange(len(y)).astype(str)
    if classes:
        return X, TrainingRows(ids, names, material, (y > 0.8).astype(np.int64), np.array(["no", "yes"]))
    return X, TrainingRows(ids, names, material, y)


@pytest.fixture
def make_search(tmp_path: Path) -> MakeSearch:
    """A function: the search for a kind's parameters, on rows that it writes."""

    def made(
        kind: str = "svm",
        split: str = "composition",
        fold: int = 0,
        *,
        where: str = "work",
        classes: bool = False,
        spoil: Callable[[np.ndarray, TrainingRows, np.ndarray], TrainingRows] | None = None,
        **plan: object,
    ) -> SearchCall:
        work = tmp_path / where
        X, rows = small_rows(classes)
        if not (work / "matrix.npy").exists():
            folder = work / "target-0"
            divide(rows, Division(), 7, folder)
            if spoil is not None:
                from matsluice.tasks.train import training_rows

                rows = spoil(X, rows, load_folds(folder / f"folds-{split}.npy").partition())
                training_rows.save(rows, folder / "rows")
            np.save(work / "matrix.npy", X)
        task = "classification" if classes else "regression"
        asked = {"trials": 8, **plan}
        space = asked.pop("space", MODELS[kind].space_for(task))
        parameters = MODELS[kind].parameters_for(task)
        contest = Contest(
            kind, kind, parameters, "gap", "eV", 0, split, Division.folds, task,
            SearchPlan(space, **asked),  # type: ignore[arg-type]
        )  # fmt: skip
        return replace(contest.search_calls(work, 7)[0], fold=fold)

    return made


@pytest.fixture
def finish() -> Finish:
    """A function: every trial of a search, in this process."""

    def finished(call: SearchCall) -> list[Trial]:
        trials: list[Trial] = []
        while batch := batch_calls(call, trials):
            trials += [replace(score_trial(asked), seconds=0.0) for asked in batch]
        return trials

    return finished
