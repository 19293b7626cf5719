"""Rows in, the same rows out."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from matsluice.tasks.material import CompositionBatch, concatenate, parse_formulas, reduced_formulas

FORMULAS = ["NaCl", "Fe2O3", "Hg0.7Cd0.3Te", "Si", "CuInSe2"]


@pytest.fixture
def batch() -> CompositionBatch:
    return parse_formulas(FORMULAS).batch


def test_take(batch: CompositionBatch) -> None:
    rows = [4, 0, 0, 2]
    assert reduced_formulas(batch.take(rows)) == ["InCuSe2", "NaCl", "NaCl", "Cd3Hg7Te10"]
    assert len(batch.take([])) == 0


@pytest.mark.parametrize("bounds", [(0, 5), (1, 3), (3, 99), (4, 2), (5, 9), (-2, 5)])
def test_slice(batch: CompositionBatch, bounds: tuple[int, int]) -> None:
    names = reduced_formulas(batch)
    assert reduced_formulas(batch.slice(*bounds)) == names[slice(*bounds)]


def test_concatenate(batch: CompositionBatch) -> None:
    parts = [batch.slice(0, 2), batch.slice(2, 2), batch.slice(2, 5)]
    assert reduced_formulas(concatenate(parts)) == reduced_formulas(batch)
    assert len(concatenate([])) == 0


def test_pickle(batch: CompositionBatch) -> None:
    assert reduced_formulas(pickle.loads(pickle.dumps(batch))) == reduced_formulas(batch)


def test_columns_have_the_types_the_kernels_are_compiled_for(batch: CompositionBatch) -> None:
    read_only = batch.amounts.copy()
    read_only.flags.writeable = False
    made = CompositionBatch(batch.offsets.astype(np.int32), batch.atomic_numbers.astype(np.int64), read_only)
    kinds = [column.dtype.str for column in (made.offsets, made.atomic_numbers, made.amounts)]
    assert kinds == ["<i8", "<i2", "<f8"]
    assert made.amounts.flags.writeable


@pytest.mark.parametrize("offsets", [[], [1, 2], [0, 1], [0, 2, 2], [0, 3, 2]])
def test_columns_that_are_no_batch(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="offsets"):
        CompositionBatch(np.array(offsets, dtype=np.int64), np.array([1, 2], np.int16), np.array([1.0, 1.0]))


@pytest.mark.parametrize(
    ("number", "amount"), [(0, 1.0), (119, 1.0), (-5, 1.0), (8, 0.0), (8, -1.0), (8, np.nan)]
)
def test_entries_that_are_no_composition(number: int, amount: float) -> None:
    with pytest.raises(ValueError, match="amounts are positive"):
        CompositionBatch(np.array([0, 1]), np.array([number], np.int16), np.array([amount]))
