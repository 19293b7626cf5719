"""Finding materials in a block's table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.infra.feature_store import KEY_DTYPE, BlockTable, commit_parts, fill, present, write_part
from matsluice.infra.feature_store.lookup import Wanted

WritePart = Callable[..., Path]
KEYS = st.lists(st.integers(0, 30).map(lambda i: f"{i:032x}"), unique=True)


def as_keys(*keys: str) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    return np.array(keys, dtype=KEY_DTYPE)


def test_an_empty_store_holds_nothing(table: BlockTable) -> None:
    assert present(table, as_keys("a", "b")).tolist() == [False, False]
    assert present(table, as_keys()).tolist() == []
    assert fill(table, as_keys(), np.empty((0, 2))) == ({}, {})
    assert not table.root.exists()


def test_values_come_in_the_order_they_are_asked_for(table: BlockTable, write: WritePart) -> None:
    write(table, ["c", "a"])
    write(table, ["b"], added=10.0)
    commit_parts(table)
    out = np.zeros((3, 2))
    assert fill(table, as_keys("a", "b", "c"), out) == ({}, {})
    assert out.tolist() == [[3.0, 4.0], [11.0, 12.0], [1.0, 2.0]]


def test_reasons_come_back_at_the_places_asked_for(table: BlockTable) -> None:
    values = np.array([[1.0, np.nan], [5.0, 5.0], [7.0, 8.0]])
    write_part(table, ["a", "b", "c"], values, {0: "no two for Og"}, {1: "ValueError: too large"})
    commit_parts(table)
    assert present(table, as_keys("a", "b", "c", "d")).tolist() == [True, True, True, False]
    out = np.zeros((3, 2))
    undefined, refused = fill(table, as_keys("c", "b", "a"), out)
    assert undefined == {2: "no two for Og"}
    assert refused == {1: "ValueError: too large"}
    np.testing.assert_array_equal(out, [[7.0, 8.0], [np.nan, np.nan], [1.0, np.nan]])


def test_values_come_back_to_the_bit(table: BlockTable) -> None:
    values = np.array([[-0.0, 5e-324], [1 / 3, -1.7976931348623157e308]])
    write_part(table, ["a", "b"], values, {}, {})
    commit_parts(table)
    out = np.empty((2, 2))
    fill(table, as_keys("a", "b"), out)
    assert out.tobytes() == values.tobytes()


def test_a_missing_key_is_named(table: BlockTable, write: WritePart) -> None:
    write(table, ["a"])
    commit_parts(table)
    with pytest.raises(LookupError, match="block version 1 has no values for key b"):
        fill(table, as_keys("a", "b"), np.empty((2, 2)))


def test_each_version_answers_for_itself(table: BlockTable, version_2: BlockTable, write: WritePart) -> None:
    write(table, ["a", "b"])
    commit_parts(table)
    assert not present(version_2, as_keys("a", "b")).any()
    write(version_2, ["b"], added=100.0)
    commit_parts(version_2)
    assert present(version_2, as_keys("a", "b")).tolist() == [False, True]
    old, new = np.empty((1, 2)), np.empty((1, 2))
    fill(table, as_keys("b"), old)
    fill(version_2, as_keys("b"), new)
    assert (old.tolist(), new.tolist()) == ([[3.0, 4.0]], [[101.0, 102.0]])


def test_a_slice_of_a_wide_matrix_is_filled_in_place(table: BlockTable, write: WritePart) -> None:
    write(table, ["a"])
    commit_parts(table)
    matrix = np.full((1, 4), 9.0)
    fill(table, as_keys("a"), matrix[:, 1:3])
    assert matrix.tolist() == [[9.0, 1.0, 2.0, 9.0]]


@settings(deadline=None)
@given(wanted=KEYS, stored=KEYS)
def test_matching_is_set_membership(wanted: list[str], stored: list[str]) -> None:
    rows, places = Wanted.of(as_keys(*wanted)).match(as_keys(*stored))
    expected = {(stored.index(key), wanted.index(key)) for key in set(wanted) & set(stored)}
    assert set(zip(rows.tolist(), places.tolist(), strict=True)) == expected
    assert len(rows) == len(expected)
