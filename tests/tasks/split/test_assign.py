"""A target's rows divided, on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from matsluice.tasks.split.assign import divide
from matsluice.tasks.split.folds import HOLDOUT, load_folds
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows


@dataclass(frozen=True)
class Division:
    """What a campaign's [validation] says."""

    holdout: float = 0.2
    folds: int = 4
    splits: tuple[str, ...] = ("random", "composition")


@pytest.fixture
def rows() -> TrainingRows:
    material = np.repeat(np.arange(50), 2)
    names = np.char.add("m", material.astype(str))
    return TrainingRows(np.arange(100).astype(str), names, material, np.linspace(0, 5, 100))


def test_every_split_has_the_same_holdout(tmp_path: Path, rows: TrainingRows) -> None:
    divide(rows, Division(), seed=7, folder=tmp_path)
    random, composition = (
        load_folds(tmp_path / f"folds-{split}.npy").partition() for split in Division.splits
    )
    assert ((random == HOLDOUT) == (composition == HOLDOUT)).all()
    assert (random == HOLDOUT).sum() == 20  # a fifth of 50 materials, two rows each
    assert set(random) == set(composition) == {HOLDOUT, 0, 1, 2, 3}


def test_rows_stand_beside_their_folds(tmp_path: Path, rows: TrainingRows) -> None:
    divide(rows, Division(), seed=7, folder=tmp_path)
    stored = training_rows.load(tmp_path / "rows")
    for name in training_rows.ARRAYS:
        assert (getattr(stored, name) == getattr(rows, name)).all()
    assert isinstance(stored.y, np.memmap)


def test_it_can_be_done_again(tmp_path: Path, rows: TrainingRows) -> None:
    divide(rows, Division(), seed=7, folder=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.rglob("*.npy")}
    divide(rows, Division(), seed=7, folder=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.rglob("*.npy")} == before
    divide(rows, Division(), seed=8, folder=tmp_path)
    assert (tmp_path / "folds-random.npy").read_bytes() != before["folds-random.npy"]


def test_splits_do_not_depend_on_which_others_are_named(tmp_path: Path, rows: TrainingRows) -> None:
    divide(rows, Division(), seed=7, folder=tmp_path / "both")
    divide(rows, Division(splits=("composition",)), seed=7, folder=tmp_path / "one")
    both, one = (tmp_path / name / "folds-composition.npy" for name in ("both", "one"))
    assert both.read_bytes() == one.read_bytes()


def test_rows_that_are_being_read_may_be_written_again(tmp_path: Path, rows: TrainingRows) -> None:
    """A worker of an earlier attempt may still have them mapped when a run is taken up again."""
    divide(rows, Division(), seed=7, folder=tmp_path)
    mapped = training_rows.load(tmp_path / "rows")
    before = np.array(mapped.y)
    inode = (tmp_path / "rows" / "y.npy").stat().st_ino
    divide(TrainingRows(rows.ids, rows.formulas, rows.material, rows.y * 2), Division(), 7, tmp_path)
    assert (mapped.y == before).all()
    assert (tmp_path / "rows" / "y.npy").stat().st_ino != inode
