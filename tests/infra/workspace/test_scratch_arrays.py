"""Arrays in files without a name, and the rows of a file some at a time: the same as whole."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsluice.infra.workspace import scratch_arrays
from matsluice.infra.workspace.row_batches import row_batches
from matsluice.infra.workspace.scratch_arrays import GrowingArray, let_go_of_pages, picked, scratch_array

EACH_IN_THE_SAME_FOLDER = settings(
    max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def anonymous_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    assert found is not None
    return 1024 * int(found[1])


def test_they_leave_no_file_and_take_no_memory_of_their_own(tmp_path: Path) -> None:
    before = anonymous_bytes()
    array = scratch_array((1 << 20, 8), np.float64, tmp_path)  # 64 MiB
    array[:] = 1.5
    assert anonymous_bytes() - before < 16 << 20
    assert list(tmp_path.iterdir()) == []
    let_go_of_pages(array[5:, 2])
    assert array.sum() == 1.5 * array.size


def test_an_array_in_memory_is_none_the_worse_for_letting_go() -> None:
    array = scratch_array(3, "S2", None)
    array[1] = b"ab"
    let_go_of_pages(array)
    assert array.tolist() == [b"", b"ab", b""]
    assert scratch_array((0, 2), np.int64, Path("/nowhere")).shape == (0, 2)


def test_a_full_disk_is_said_when_the_array_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match=re.escape(str(tmp_path))) as caught:
        scratch_array(10, np.int64, tmp_path)
    assert caught.value.errno == errno.ENOSPC


@EACH_IN_THE_SAME_FOLDER
@given(st.lists(st.lists(st.integers(0, 255), max_size=9000), max_size=5))
def test_what_grows_holds_what_was_added(tmp_path: Path, pieces: list[list[int]]) -> None:
    growing = GrowingArray(np.uint8, tmp_path)
    for piece in pieces:
        growing.extend(np.array(piece, np.uint8))
    assert growing.values.tolist() == [value for piece in pieces for value in piece]
    assert len(growing) == sum(map(len, pieces))


def test_lines_are_picked_as_numpy_picks_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch_arrays, "STEP_ROWS", 7)
    array = np.arange(60).reshape(20, 3)
    places = np.random.default_rng(3).integers(0, 20, 50)
    assert picked(array, places, tmp_path).tolist() == array[places].tolist()


@EACH_IN_THE_SAME_FOLDER
@given(n=st.integers(0, 40), group=st.integers(1, 17), rows=st.integers(1, 20))
def test_batches_are_the_whole_file(tmp_path: Path, n: int, group: int, rows: int) -> None:
    texts = [None if i % 5 == 0 else f"text {i}" for i in range(n)]
    table = pa.table({"a": pa.array(range(n), pa.int64()), "b": pa.array(texts, pa.string())})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=group)
    batches = list(row_batches(tmp_path / "t.parquet", ["b", "a"], rows))
    whole = pa.concat_tables([table.select(["b", "a"]).schema.empty_table(), *batches])
    assert whole.equals(table.select(["b", "a"]))
    assert [some.num_rows for some in batches[:-1]] == [rows] * max(0, -(-n // rows) - 1)
    assert list(row_batches(tmp_path / "t.parquet", rows=rows))[:1] == [table.slice(0, rows)][: bool(n)]
