"""What every split promises."""

from __future__ import annotations

import re
from importlib import import_module

import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.tasks.split.divide import HOLDOUT, assign_folds
from matsluice.tasks.split.splits import SPLITS, SplitSpec
from matsluice.tasks.train.training_rows import TrainingRows


def labelled(materials: NDArray[np.int64]) -> TrainingRows:
    """Rows of these materials, each of a formula of its own."""
    formulas = np.array([f"Si{m + 1}O" for m in materials])
    return TrainingRows(formulas, formulas, materials, np.zeros(len(materials)))


pytestmark = pytest.mark.parametrize("spec", SPLITS.values(), ids=lambda spec: spec.name)


def test_specification(spec: SplitSpec) -> None:
    assert re.fullmatch(r"[a-z][a-z-]*", spec.name)
    assert SPLITS[spec.name] is spec
    assert spec.summary
    assert "doi:10." in spec.source


def test_groups_are_one_number_a_row(spec: SplitSpec) -> None:
    if not spec.groups:
        return
    module, function = spec.groups.split(":")
    rows = labelled(np.array([4, 4, 1, 2, 1]))
    groups = getattr(import_module(module), function)(rows)
    assert groups.shape == rows.material.shape
    assert groups.dtype == np.int64
    # Rows of one material are never apart, whatever else is kept together.
    assert (groups[[0, 2]] == groups[[1, 4]]).all()


def test_folds(spec: SplitSpec) -> None:
    materials = np.repeat(np.arange(40), 2)
    kept = materials < 8
    rows = labelled(materials)
    fold = assign_folds(spec.name, rows, kept, 4, seed=1)
    assert (fold[kept] == HOLDOUT).all()
    assert set(fold[~kept]) == {0, 1, 2, 3}
    assert (assign_folds(spec.name, rows, kept, 4, seed=1) == fold).all()
    assert (assign_folds(spec.name, rows, kept, 4, seed=2) != fold).any()
