"""A small problem on disk, as the stages before training leave it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.snapshot import Snapshot, freeze
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.split.assign import divide
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.train.training_rows import TrainingRows

FreezeRows = Callable[..., Snapshot]


@dataclass(frozen=True)
class Division:
    """What a campaign's [validation] says."""

    holdout: float = 0.2
    folds: int = 3
    splits: tuple[str, ...] = ("random", "composition")


@dataclass(frozen=True)
class Problem:
    """A run's work folder, and what is in it.

    Attributes
    ----------
    work
        matrix.npy, target-0/rows/, target-0/folds-<split>.npy.
    X
        One row a material.
    rows
        Two rows of most materials, of nearly the same value.
    """

    work: Path
    X: np.ndarray
    rows: TrainingRows

    def contest(self, kind: str, split: str = "composition", **parameters: object) -> Contest:
        return Contest(kind, kind, parameters, "gap", "eV", 0, split, Division.folds)


@pytest.fixture(scope="session")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    """Sixty materials of five features, one feature undefined here and there, and 110 rows."""
    chance = np.random.default_rng(3)
    X = chance.normal(size=(60, 5))
    material = np.sort(np.concatenate([np.arange(60), np.arange(50)]))
    y = 2.0 + X[material, 0] - 0.5 * X[material, 1] + chance.normal(scale=0.05, size=len(material))
    X[::7, 4] = np.nan
    names = np.char.add("M", material.astype(str))
    rows = TrainingRows(np.arange(len(y)).astype(str), names, material, y)
    work = tmp_path_factory.mktemp("work")
    np.save(work / "matrix.npy", X)
    divide(rows, Division(), seed=7, folder=work / "target-0")
    return Problem(work, X, rows)


@pytest.fixture
def freeze_rows(tmp_path: Path) -> FreezeRows:
    """A function: a snapshot of (id, formula, gap) rows, at the places t.csv:2 and on."""

    def frozen(rows: Sequence[tuple[str, str, str]]) -> Snapshot:
        ids, formulas, gaps = (list(column) for column in zip(*rows, strict=True))
        places = [f"t.csv:{line}" for line in range(2, len(rows) + 2)]
        examined = examine(SourceBatch(ids, places, formulas, {"gap": gaps}), ["gap"])
        return freeze([examined], ["gap"], tmp_path / "snapshots", {})

    return frozen
