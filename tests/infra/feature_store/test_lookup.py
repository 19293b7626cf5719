"""Finding materials in a block's table."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from deltalake import DeltaTable
from hypothesis import given
from hypothesis import strategies as st

from matsluice.infra.feature_store import (
    KEY_DTYPE,
    BlockTable,
    DamagedPart,
    Refused,
    commit_parts,
    committed_parts,
    fill,
    look_up,
    reading,
)
from matsluice.infra.feature_store.parts import read_part
from matsluice.infra.feature_store.wanted_keys import Wanted
from matsluice.infra.mistakes import Failed

WritePart = Callable[..., Path]
KEYS = st.lists(st.integers(0, 30).map(lambda i: f"{i:032x}"), unique=True)


def as_keys(*keys: str) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    return np.array(keys, dtype=KEY_DTYPE)


def test_an_empty_store_holds_nothing(table: BlockTable) -> None:
    assert look_up(table, as_keys("a", "b")).found.tolist() == [False, False]
    assert look_up(table, as_keys()).found.tolist() == []
    assert fill(table, as_keys(), np.empty((0, 2))).refused == {}
    assert not Path(table.root).exists()


def test_values_come_in_the_order_they_are_asked_for(table: BlockTable, write: WritePart) -> None:
    write(table, ["c", "a"])
    write(table, ["b"], added=10.0)
    commit_parts(table)
    out = np.zeros((3, 2))
    filled = fill(table, as_keys("a", "b", "c"), out)
    assert (filled.undefined, filled.refused) == ({}, {})
    assert out.tolist() == [[3.0, 4.0], [11.0, 12.0], [1.0, 2.0]]


def test_reasons_come_back_at_the_places_asked_for(table: BlockTable, write_rows: WritePart) -> None:
    values = np.array([[1.0, np.nan], [5.0, 5.0], [7.0, 8.0]])
    slow = Refused("timeout", "longer than 60 s")
    write_rows(table, ["a", "b", "c"], values, {0: "no two for Og"}, {1: slow}, attempt=2)
    commit_parts(table)
    assert look_up(table, as_keys("a", "b", "c", "d")).found.tolist() == [True, True, True, False]
    out = np.zeros((3, 2))
    filled = fill(table, as_keys("c", "b", "a"), out)
    assert filled.undefined == {2: "no two for Og"}
    assert filled.refused == look_up(table, as_keys("c", "b", "a")).refused == {1: slow}
    assert look_up(table, as_keys("c", "b", "a")).attempts == {1: 2}
    assert filled.attempts.tolist() == [2, 2, 2]
    assert filled.seconds.tolist() == [2.0, 1.0, 0.0]
    assert [filled.hosts[host] for host in filled.host] == ["here"] * 3
    np.testing.assert_array_equal(out, [[7.0, 8.0], [np.nan, np.nan], [1.0, np.nan]])


def test_values_come_back_to_the_bit(table: BlockTable, write_rows: WritePart) -> None:
    values = np.array([[-0.0, 5e-324], [1 / 3, -1.7976931348623157e308]])
    write_rows(table, ["a", "b"], values)
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
    assert not look_up(version_2, as_keys("a", "b")).found.any()
    write(version_2, ["b"], added=100.0)
    commit_parts(version_2)
    assert look_up(version_2, as_keys("a", "b")).found.tolist() == [False, True]
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


@given(wanted=st.lists(st.integers(0, 30).map(lambda i: f"{i:032x}")), stored=KEYS)
def test_matching_is_set_membership(wanted: list[str], stored: list[str]) -> None:
    rows, places = Wanted.of(as_keys(*wanted)).match(as_keys(*stored))
    expected = {(stored.index(key), place) for place, key in enumerate(wanted) if key in stored}
    assert set(zip(rows.tolist(), places.tolist(), strict=True)) == expected
    assert len(rows) == len(expected)


# Three parts, of which each holds the same key: refused, refused again later, computed.
TRIES: tuple[tuple[list[list[float]], dict[int, Refused], int], ...] = (
    ([[0.0, 0.0]], {0: Refused("timeout", "longer than 60 s")}, 1),
    ([[0.0, 0.0]], {0: Refused("memory", "more than 2 GiB")}, 2),
    ([[5.0, 6.0]], {}, 1),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_values_win_over_refusals_whatever_is_read_first(
    table: BlockTable, write_rows: WritePart, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    paths = [write_rows(table, ["a"], values, {}, refused, attempt) for values, refused, attempt in TRIES]
    commit_parts(table)
    names = [next(n for n in committed_parts(table) if n.endswith(path.name)) for path in paths]
    shuffled = [names[i] for i in order]
    monkeypatch.setattr(reading, "committed_parts", lambda _table: shuffled)
    out = np.zeros((2, 2))
    filled = fill(table, as_keys("a", "a"), out)
    assert out.tolist() == [[5.0, 6.0], [5.0, 6.0]]
    assert filled.refused == look_up(table, as_keys("a")).refused == {}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_latest_refusal_counts(
    table: BlockTable, write_rows: WritePart, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    for values, refused, attempt in TRIES[:2]:
        write_rows(table, ["a"], values, {}, refused, attempt)
    commit_parts(table)
    names = committed_parts(table)
    monkeypatch.setattr(reading, "committed_parts", lambda _table: [names[i] for i in order])
    out = np.zeros((1, 2))
    assert fill(table, as_keys("a"), out).refused == {0: Refused("memory", "more than 2 GiB")}
    assert look_up(table, as_keys("a")).attempts == {0: 2}
    assert np.isnan(out).all()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_different_values_always_the_same_one_is_taken(
    table: BlockTable, write_rows: WritePart, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    """A machine with another rounding: not expected, and still no matter of luck."""
    write_rows(table, ["a", "b"], [[1.0, 2.0], [9.0, np.nan]], {1: "why"})
    write_rows(table, ["b", "a"], [[9.0, np.nan], [1.0 + 2.0**-52, 2.0]], {0: "why"})
    commit_parts(table)
    names = committed_parts(table)
    monkeypatch.setattr(reading, "committed_parts", lambda _table: [names[i] for i in order])
    out = np.zeros((2, 2))
    filled = fill(table, as_keys("a", "b"), out)
    assert out[0].tolist() == [1.0, 2.0]
    assert filled.undefined == {1: "why"}


def damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "truncated":
        del content[len(content) // 2 :]
    elif how == "flipped":
        content[20] ^= 1
    else:
        content[:] = b""
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["truncated", "flipped", "empty"])
def test_damage_is_never_read_as_a_value(table: BlockTable, write: WritePart, how: str) -> None:
    write(table, ["a"])
    damaged = write(table, ["b"], added=10.0)
    commit_parts(table)
    damage(damaged, how)
    out = np.zeros((2, 2))
    with pytest.raises(DamagedPart, match=r"1 part files of .* are dropped"):
        fill(table, as_keys("a", "b"), out)
    assert look_up(table, as_keys("a", "b")).found.tolist() == [True, False]
    assert not damaged.exists()
    assert len(DeltaTable(table.address).to_pandas()) == 1
    # Computed again, by another host in other time.
    write(table, ["b"], added=10.0, host="there")
    commit_parts(table)
    fill(table, as_keys("a", "b"), out)
    assert out.tolist() == [[1.0, 2.0], [11.0, 12.0]]


def test_a_flipped_bit_is_found_before_a_run_relies_on_it(table: BlockTable, write: WritePart) -> None:
    damaged = write(table, ["a", "b"])
    commit_parts(table)
    content = damaged.read_bytes()
    for place in range(0, len(content), 97):
        flipped = bytearray(content)
        flipped[place] ^= 0x10
        damaged.write_bytes(flipped)
        with pytest.raises(DamagedPart):
            read_part(table, committed_parts(table)[0])
    damaged.write_bytes(bytes(flipped))
    assert not look_up(table, as_keys("a", "b")).found.any()


def test_other_columns_under_the_same_version_are_refused(table: BlockTable, write: WritePart) -> None:
    write(table, ["a", "b"])
    commit_parts(table)
    changed = replace(table, columns=("block.one", "block.three"))
    with pytest.raises(Failed, match=r"other columns .*\(block.three, block.two\)"):
        look_up(changed, as_keys("a"))
