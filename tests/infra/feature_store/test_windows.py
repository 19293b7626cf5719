"""Values that come window by window are those that come whole, to the bit, whatever the parts hold."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.infra.feature_store import (
    KEY_DTYPE,
    BlockTable,
    Filled,
    MissingRows,
    PartRows,
    Refused,
    commit_parts,
    fill,
    fill_windows,
    wanted_keys,
    windows,
    write_part,
)
from matsluice.infra.feature_store.wanted_keys import Wanted
from matsluice.infra.workspace import scratch_arrays

KEYS = [f"{i:032x}" for i in range(12)]
# What a part says of a key: values that another part may give too or not, one of them undefined, or a refusal.
SAID = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1.0 + 2.0**-52]),
    st.just(np.nan),
    st.sampled_from(["timeout", "memory", "raised"]),
)
PARTS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(KEYS), SAID, max_size=9), st.integers(1, 3), st.sampled_from("ab")
    ),
    max_size=6,
)


def write(table: BlockTable, said: dict[str, Any], attempt: int, host: str) -> None:
    """Write a part with these rows; the host and the attempt stand in the seconds too."""
    values = np.array([[np.nan if isinstance(each, str) else each, 2.0] for each in said.values()]).reshape(
        -1, 2
    )
    refused = {
        i: Refused(each, f"{each} {i}") for i, each in enumerate(said.values()) if isinstance(each, str)
    }
    undefined = {
        i: f"not on {host}"
        for i, each in enumerate(said.values())
        if not isinstance(each, str) and each != each
    }
    n = len(said)
    seconds = np.full(n, attempt + ord(host) / 1000, np.float32)
    keys = np.array(list(said), KEY_DTYPE)
    write_part(
        table, PartRows(keys, values, undefined, refused, seconds, host, np.full(n, attempt, np.int16))
    )


def together(
    table: BlockTable, keys: NDArray[np.bytes_], scratch: Path
) -> tuple[NDArray[np.float64], list[tuple[Any, ...]]]:
    """Return the values and what became of each place, window by window."""
    values: list[NDArray[np.float64]] = []
    told: list[tuple[Any, ...]] = []
    for first, some, filled in fill_windows(table, keys, scratch):
        assert first == len(told)
        values.append(some.copy())
        told += places_told(filled)
    return np.concatenate([np.empty((0, 2)), *values]), told


def places_told(filled: Filled) -> list[tuple[Any, ...]]:
    return [
        (filled.undefined.get(i), filled.refused.get(i), int(attempt), float(seconds), filled.hosts[host])
        for i, (attempt, seconds, host) in enumerate(
            zip(filled.attempts, filled.seconds, filled.host, strict=True)
        )
    ]


@settings(max_examples=60)
@given(parts=PARTS, wanted=st.lists(st.sampled_from(KEYS), max_size=20), rows=st.integers(1, 8))
def test_windows_are_the_whole(
    parts: Sequence[tuple[dict[str, Any], int, str]], wanted: list[str], rows: int
) -> None:
    keys = np.array(wanted, KEY_DTYPE)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        table = BlockTable(Path(folder, "features"), "block", 1, "0a0a0a0a0a0a", ("block.one", "block.two"))
        for said, attempt, host in parts:
            write(table, said, attempt, host)
        commit_parts(table)
        patch.setattr(windows, "WINDOW_BYTES", 16 * rows)
        # What is read back at a time may be less than a window, and end within a run of ascending places.
        patch.setattr(windows, "READ_BYTES", 150)
        whole = np.empty((len(keys), 2))
        try:
            filled = fill(table, keys, whole)
        except MissingRows as lacking:
            with pytest.raises(MissingRows, match=str(lacking)):
                together(table, keys, Path(folder))
            return
        values, told = together(table, keys, Path(folder))
        assert values.tobytes() == whole.tobytes()
        assert told == places_told(filled)
        assert [path.name for path in Path(folder).iterdir() if path.name != "features"] == []


def test_there_are_never_more_files_than_may_be_open(
    table: BlockTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "WINDOW_BYTES", 16)
    keys = np.array([f"{i:032x}" for i in range(1000)], KEY_DTYPE)
    n = len(keys)
    cost = (np.zeros(n, np.float32), "here", np.ones(n, np.int16))
    write_part(table, PartRows(keys, np.arange(2.0 * n).reshape(n, 2), {}, {}, *cost))
    commit_parts(table)
    lengths = [len(some) for _, some, _ in fill_windows(table, keys, tmp_path)]
    assert len(lengths) <= windows.MOST_WINDOWS
    assert sum(lengths) == n


@given(st.lists(st.sampled_from([f"{i:032x}" for i in range(200)]), max_size=400), st.booleans())
def test_keys_in_groups_are_keys_at_once(keys: list[str], in_files: bool) -> None:
    """With groups and steps so small that there are many, in memory or in files."""
    wanted, known = np.array(keys, KEY_DTYPE), np.array([f"{i:032x}" for i in range(0, 200, 3)], KEY_DTYPE)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(wanted_keys, "GROUP_KEYS", 4)
        for module in (wanted_keys, scratch_arrays):
            patch.setattr(module, "STEP_ROWS", 7)
        found = Wanted.of(wanted, Path(folder) if in_files else None)
        rows, places = found.match(known)
        assert sorted(zip(rows.tolist(), places.tolist(), strict=True)) == sorted(
            (row, place)
            for row, key in enumerate(known.tolist())
            for place in np.flatnonzero(wanted == key).tolist()
        )
        is_first = [key not in keys[:place] for place, key in enumerate(keys)]
        assert found.is_first().tolist() == is_first
        assert (np.diff(found.hashes.astype(object)) > 0).all()
