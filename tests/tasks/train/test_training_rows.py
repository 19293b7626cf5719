"""Labelled rows, in an order that depends on their content alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.snapshot import Snapshot
from matsluice.tasks.split.assign import divide
from matsluice.tasks.train.training_rows import TrainingRows, labelled_rows

FreezeRows = Callable[..., Snapshot]


@dataclass(frozen=True)
class Division:
    """What a campaign's [validation] says."""

    holdout: float = 0.2
    folds: int = 5
    splits: tuple[str, ...] = ("random", "composition")


MEASURED = [
    ("a", "Fe2O3", "2.2"),
    ("b", "NaCl", "8.5"),
    ("c", "O3Fe2", "2.0"),
    ("d", "Xx", "1.0"),
    ("e", "GaAs", ""),
    ("f", "Fe4O6", "2.7"),
    ("g", "ZnO", "3.4"),
]


def rows_of(snapshot: Snapshot, duplicates: str, refused: list[int] | None = None) -> TrainingRows:
    none = np.zeros(snapshot.unique_materials, dtype=bool)
    none[refused or []] = True
    return labelled_rows(snapshot, "gap", duplicates, none)


def as_dict(rows: TrainingRows) -> dict[str, float]:
    return dict(zip(rows.ids.tolist(), rows.y.tolist(), strict=True))


@pytest.mark.parametrize(
    ("duplicates", "expected"),
    [
        ("keep", {"a": 2.2, "b": 8.5, "c": 2.0, "f": 2.7, "g": 3.4}),
        ("median", {"a": 2.2, "b": 8.5, "g": 3.4}),
        ("mean", {"a": 2.3, "b": 8.5, "g": 3.4}),
        ("first", {"a": 2.2, "b": 8.5, "g": 3.4}),
    ],
)
def test_labels_of_one_material(freeze_rows: FreezeRows, duplicates: str, expected: dict[str, float]) -> None:
    assert as_dict(rows_of(freeze_rows(MEASURED), duplicates)) == pytest.approx(expected)


def test_rows_know_their_material(freeze_rows: FreezeRows) -> None:
    rows = rows_of(freeze_rows(MEASURED), "keep")
    by_id = dict(zip(rows.ids.tolist(), rows.material.tolist(), strict=True))
    assert by_id == {"a": 0, "b": 1, "c": 0, "f": 0, "g": 2}
    assert dict(zip(rows.ids.tolist(), rows.formulas.tolist(), strict=True))["f"] == "Fe2O3"


@pytest.mark.parametrize("duplicates", ["keep", "median", "mean"])
def test_a_shuffled_input_gives_identical_rows_and_folds(
    freeze_rows: FreezeRows, tmp_path: Path, duplicates: str
) -> None:
    chance = random.Random(4)
    symbols = ("Li", "Na", "K", "Rb", "Cs", "Cu", "Ag", "Mg", "Ca", "Zn")
    formulas = [f"{cation}{anion}" for cation in symbols for anion in ("F", "Cl", "Br", "I", "O", "S")]
    measured = [(f"id{i}", chance.choice(formulas), f"{chance.random() * 5:.6f}") for i in range(200)]
    shuffled = chance.sample(measured, len(measured))
    for name, order in (("straight", measured), ("shuffled", shuffled)):
        divide(rows_of(freeze_rows(order), duplicates), Division(), seed=7, folder=tmp_path / name)
    for file in ("rows/ids", "rows/formulas", "rows/y", "folds-random", "folds-composition"):
        straight, other = (tmp_path / name / f"{file}.npy" for name in ("straight", "shuffled"))
        assert straight.read_bytes() == other.read_bytes(), file


def test_first_is_the_sources_first(freeze_rows: FreezeRows) -> None:
    assert as_dict(rows_of(freeze_rows([("z", "NaCl", "9"), ("a", "ClNa", "1")]), "first")) == {"z": 9.0}


def test_a_contradiction_is_named_with_its_places(freeze_rows: FreezeRows) -> None:
    with pytest.raises(
        InvalidInput, match=r"gap of one material is 2\.2 at t\.csv:2 and 2 at t\.csv:4: .*median"
    ):
        rows_of(freeze_rows(MEASURED), "error")


def test_the_same_value_twice_is_no_contradiction(freeze_rows: FreezeRows) -> None:
    assert as_dict(rows_of(freeze_rows([("a", "NaCl", "8.5"), ("b", "ClNa", "8.50")]), "error")) == {"a": 8.5}


def test_materials_a_block_refused_are_left_out(freeze_rows: FreezeRows) -> None:
    assert as_dict(rows_of(freeze_rows(MEASURED), "keep", refused=[0])) == {"b": 8.5, "g": 3.4}
