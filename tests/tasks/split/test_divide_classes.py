"""Rows with classes are divided by their shares, whole materials and groups together."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from matsluice.tasks.split.divide import assign_folds, holdout


def class_problem(chance: np.random.Generator, rows: int = 200) -> SimpleNamespace:
    """Rows of some hundred materials in groups of formulas, a tenth of them of the rare class."""
    material = np.sort(chance.integers(0, rows // 2, rows))
    kind = chance.choice(3, size=rows // 2, p=[0.6, 0.3, 0.1])
    formulas = np.char.add("M", (material // 2).astype(str))
    return SimpleNamespace(material=material, formulas=formulas, y=kind[material])


@pytest.mark.parametrize("seed", range(5))
def test_the_holdout_has_every_class_by_its_share_and_whole_materials(seed: int) -> None:
    rows = class_problem(np.random.default_rng(seed))
    kept = holdout(rows.material, 0.25, seed, rows.y)
    assert not set(rows.material[kept]) & set(rows.material[~kept])
    _, first = np.unique(rows.material, return_index=True)
    for place in range(3):
        of_class = first[rows.y[first] == place]
        assert kept[of_class].mean() == pytest.approx(0.25, abs=0.5 / len(of_class) + 0.02)


@pytest.mark.parametrize("split", ["random", "composition"])
@pytest.mark.parametrize("seed", range(4))
def test_folds_have_equal_shares_and_whole_groups(split: str, seed: int) -> None:
    rows = class_problem(np.random.default_rng(seed), rows=600)
    fold = assign_folds(split, rows, np.zeros(600, dtype=bool), 5, seed, rows.y)
    counts = np.array([np.bincount(rows.y[fold == number], minlength=3) for number in range(5)])
    exact = np.bincount(rows.y, minlength=3) / 5
    assert (np.abs(counts - exact) <= (1 if split == "random" else 8)).all()
    if split == "composition":
        for number in range(5):
            assert not set(rows.formulas[fold == number]) & set(rows.formulas[fold != number])


def test_a_class_of_one_row_is_divided_all_the_same() -> None:
    rows = SimpleNamespace(material=np.arange(20), formulas=np.arange(20).astype(str))
    classes = np.array([0] * 10 + [1] * 9 + [2])
    kept = holdout(rows.material, 0.2, 0, classes)
    assert kept.sum() == 4
    fold = assign_folds("random", rows, kept, 4, 0, classes)
    assert set(fold[~kept]) == {0, 1, 2, 3}


def test_more_classes_than_the_holdout_has_rows() -> None:
    classes = np.repeat(np.arange(6), 2)
    assert holdout(np.arange(12), 0.2, 0, classes).sum() == 3
