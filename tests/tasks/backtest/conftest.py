"""Labelled materials on disk, as a look in hindsight leaves them for its workers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from matsluice.tasks.split.folds import Folds
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows

MATERIALS = 90


@dataclass(frozen=True)
class OnDisk:
    """A work folder: matrix.npy, rows/, folds.npy, groups.npy, may-be.npy, and what is in them.

    The value follows the first two of five features; three folds; groups of two; the last material may be no candidate.
    """

    work: Path
    X: np.ndarray
    rows: TrainingRows

    def relabelled(self, folder: Path, changed: np.ndarray, y: np.ndarray) -> OnDisk:
        """The same with other labels for some rows."""
        labels = self.rows.y.copy()
        labels[changed] = y
        return on_disk(folder, self.X, replace(self.rows, y=labels))


def on_disk(work: Path, X: np.ndarray, rows: TrainingRows) -> OnDisk:
    work.mkdir(parents=True, exist_ok=True)
    np.save(work / "matrix.npy", X)
    training_rows.save(rows, work / "rows")
    Folds.of_partition((np.arange(MATERIALS) // 2) % 3).save(work / "folds.npy")
    np.save(work / "groups.npy", np.arange(MATERIALS) // 2)
    np.save(work / "may-be.npy", np.arange(MATERIALS) < MATERIALS - 1)
    return OnDisk(work, X, rows)


def made(classes: tuple[str, ...] = ()) -> tuple[np.ndarray, TrainingRows]:
    chance = np.random.default_rng(5)
    X = chance.normal(size=(MATERIALS, 5))
    X[::11, 4] = np.nan
    y = 2.0 + X[:, 0] - 0.5 * X[:, 1] + chance.normal(scale=0.1, size=MATERIALS)
    names = np.char.add("M", np.arange(MATERIALS).astype(str))
    if classes:
        return X, TrainingRows(
            names, names, np.arange(MATERIALS), (y > 2.5).astype(np.int64), np.array(classes)
        )
    return X, TrainingRows(names, names, np.arange(MATERIALS), y)


@pytest.fixture
def materials(tmp_path: Path) -> OnDisk:
    return on_disk(tmp_path / "work", *made())


@pytest.fixture
def class_materials(tmp_path: Path) -> OnDisk:
    return on_disk(tmp_path / "work", *made(("no", "yes")))
