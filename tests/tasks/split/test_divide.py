"""The hold-out and the folds: disjoint, complete, and honest about materials."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.split.divide import assign_folds, holdout
from matsluice.tasks.split.folds import HOLDOUT

# The material of each row: some measured once, some many times.
MATERIALS = st.lists(st.integers(0, 12), min_size=6, max_size=60).map(lambda m: np.array(m, dtype=np.int64))
SEEDS = st.integers(0, 2**32 - 1)
quickly = settings(max_examples=40)


def labelled(materials: np.ndarray) -> SimpleNamespace:
    """Rows of these materials, each of a formula of its own."""
    return SimpleNamespace(material=materials, formulas=materials.astype(str))


def nothing_kept(materials: np.ndarray) -> np.ndarray:
    return np.zeros(len(materials), dtype=bool)


@quickly
@given(materials=MATERIALS, seed=SEEDS)
def test_all_rows_of_a_material_are_kept_or_none(materials: np.ndarray, seed: int) -> None:
    if len(np.unique(materials)) < 2:
        return
    kept = holdout(materials, 0.3, seed)
    assert kept.shape == materials.shape
    assert not set(materials[kept]) & set(materials[~kept])
    assert kept.any()
    assert not kept.all()
    assert (holdout(materials, 0.3, seed) == kept).all()


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_the_share_is_one_of_materials(share: float) -> None:
    materials = np.repeat(np.arange(200), np.arange(200) % 5 + 1)
    kept = holdout(materials, share, seed=3)
    assert len(set(materials[kept])) == round(share * 200)


def test_no_holdout() -> None:
    assert not holdout(np.arange(9), 0.0, seed=1).any()


def test_another_seed_keeps_others() -> None:
    assert (holdout(np.arange(100), 0.2, seed=1) != holdout(np.arange(100), 0.2, seed=2)).any()


@quickly
@given(materials=MATERIALS, seed=SEEDS, split=st.sampled_from(["random", "composition"]), data=st.data())
def test_folds_are_disjoint_complete_and_about_equal(
    materials: np.ndarray, seed: int, split: str, data: st.DataObject
) -> None:
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(materials), max_size=len(materials))))
    units = len(materials[~kept]) if split == "random" else len(np.unique(materials[~kept]))
    if units < 2:
        return
    folds = data.draw(st.integers(2, min(units, 6)))
    fold = assign_folds(split, labelled(materials), kept, folds, seed)
    # One number a row is what makes folds disjoint; each row has one, and the hold-out none.
    assert ((fold == HOLDOUT) == kept).all()
    assert set(fold[~kept]) == set(range(folds))
    if split == "random":
        sizes = np.bincount(fold[~kept])
    else:
        sizes = np.array([len(np.unique(materials[fold == number])) for number in range(folds)])
    assert sizes.max() - sizes.min() <= 1
    assert (assign_folds(split, labelled(materials), kept, folds, seed) == fold).all()


@quickly
@given(materials=MATERIALS, seed=SEEDS)
def test_the_composition_split_never_has_one_material_in_two_folds(materials: np.ndarray, seed: int) -> None:
    folds = min(3, len(np.unique(materials)))
    if folds < 2:
        return
    fold = assign_folds("composition", labelled(materials), nothing_kept(materials), folds, seed)
    where = defaultdict(set)
    for material, number in zip(materials.tolist(), fold.tolist(), strict=True):
        where[material].add(number)
    assert all(len(numbers) == 1 for numbers in where.values())


def test_the_random_split_does() -> None:
    materials = np.repeat(np.arange(30), 4)
    fold = assign_folds("random", labelled(materials), nothing_kept(materials), 5, seed=0)
    assert any(len(set(fold[materials == material])) > 1 for material in range(30))


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        ("random", "the split random has 4 rows outside the hold-out, fewer than validation.folds = 5"),
        (
            "composition",
            r"the split composition has 2 groups \(0, 1\) outside the hold-out, fewer than validation.folds = 5",
        ),
    ],
)
def test_fewer_rows_than_folds(split: str, sentence: str) -> None:
    materials, kept = np.array([0, 0, 1, 1, 2]), np.array([False, False, False, False, True])
    with pytest.raises(InvalidInput, match=sentence):
        assign_folds(split, labelled(materials), kept, 5, seed=0)
