"""The log of a table: damaged, committed to by many at once, and where the file system has no hard links."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from matsluice.infra.feature_store import BlockTable, commit_parts, look_up
from matsluice.infra.feature_store.delta_log import open_log
from matsluice.infra.mistakes import Failed

WritePart = Callable[..., Path]
StartChild = Callable[..., "subprocess.Popen[str]"]

KEYS = np.array([f"{i:032x}" for i in range(40)], dtype="S32")
# A worker and a flow at once: each part is committed as soon as it is there.
COMMITTER = """
import sys
from pathlib import Path
import numpy as np
from matsluice.infra.feature_store import KEY_DTYPE, BlockTable, PartRows, commit_parts, local_files, write_part
if sys.argv[3] == "renames":
    local_files.has_hard_links = lambda folder: False
table = BlockTable(Path(sys.argv[1]), "block", 1, "0a0a0a0a0a0a", ("block.one", "block.two"))
print("ready", flush=True)
sys.stdin.readline()
for i in map(int, sys.argv[2].split(",")):
    keys = np.array([f"{i:032x}"], KEY_DTYPE)
    one = np.ones(1)
    rows = PartRows(keys, np.full((1, 2), float(i)), {}, {}, one.astype("f4"), "here", one.astype("i2"))
    write_part(table, rows)
    commit_parts(table)
"""


def log_files(table: BlockTable) -> list[Path]:
    return sorted(Path(table.address, "_delta_log").glob("*.json"))


@pytest.fixture
def three_commits(table: BlockTable, version_2: BlockTable, write: WritePart) -> BlockTable:
    write(table, [key.decode() for key in KEYS[:2]])
    commit_parts(table)
    write(table, [KEYS[2].decode()])
    commit_parts(table)
    write(version_2, [KEYS[0].decode()])
    commit_parts(version_2)
    return table


@pytest.mark.parametrize("entry", [0, 1, 2])
@pytest.mark.parametrize("how", ["truncated", "garbled", "missing", "empty"])
def test_a_damaged_log_loses_nothing(
    three_commits: BlockTable, version_2: BlockTable, write: WritePart, how: str, entry: int
) -> None:
    file = log_files(three_commits)[entry]
    content = file.read_bytes()
    if how == "missing":
        file.unlink()
    else:
        file.write_bytes({"truncated": content[: len(content) // 2], "garbled": b"\x93{?", "empty": b""}[how])
    # What a run does first: enter what is there and not entered.
    for each in (three_commits, version_2):
        commit_parts(each)
    assert look_up(three_commits, KEYS[:4]).found.tolist() == [True, True, True, False]
    assert look_up(version_2, KEYS[:2]).found.tolist() == [True, False]
    # And it goes on, for others too.
    write(three_commits, [KEYS[3].decode()])
    assert commit_parts(three_commits) == 1
    assert len(DeltaTable(three_commits.address).to_pandas()) == 5


def test_a_log_set_aside_is_told_and_kept(
    three_commits: BlockTable, caplog: pytest.LogCaptureFixture
) -> None:
    log_files(three_commits)[0].write_text("{")
    assert look_up(three_commits, KEYS[:3]).found.all()
    assert "set aside as block/_delta_log.broken-" in caplog.text
    aside = list(Path(three_commits.address).glob("_delta_log.broken-*"))
    assert len(list(aside[0].glob("*.json"))) == 3


def test_a_damaged_checkpoint_loses_nothing(three_commits: BlockTable) -> None:
    log = open_log(three_commits)
    assert log is not None
    log.create_checkpoint()
    for file in log_files(three_commits):
        file.unlink()
    assert look_up(three_commits, KEYS[:3]).found.all()
    checkpoint = next(Path(three_commits.address, "_delta_log").glob("*.checkpoint.parquet"))
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    assert look_up(three_commits, KEYS[:3]).found.all()


def test_a_table_of_an_earlier_form_is_refused(table: BlockTable) -> None:
    old = pa.table({"key": ["a"], "block.one": [1.0], "undefined": [""], "refused": [""]})
    write_deltalake(table.address, old)
    for call in (lambda: commit_parts(table), lambda: look_up(table, KEYS)):
        with pytest.raises(Failed, match=r"earlier matsluice .* move that folder away"):
            call()


@pytest.mark.parametrize("commits", ["links", "renames"])
def test_processes_that_commit_at_once_lose_nothing(
    table: BlockTable, start_child: StartChild, commits: str
) -> None:
    shares = [range(start, 24, 3) for start in range(3)]
    children = [start_child(COMMITTER, table.root, ",".join(map(str, share)), commits) for share in shares]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("now\n")
        child.stdin.flush()
    for child in children:
        assert child.wait(timeout=120) == 0
    assert look_up(table, KEYS[:24]).found.all()
    assert len(DeltaTable(table.address).to_pandas()) == 24


def test_a_store_that_cannot_be_written_is_said_in_a_sentence(table: BlockTable, write: WritePart) -> None:
    Path(table.root).mkdir()
    Path(table.root, "block").write_text("a file where the table should stand")
    with pytest.raises(Failed, match=r"feature store .* cannot be used"):
        write(table, ["a"])


def test_a_part_of_no_parquet_is_thrown_away(table: BlockTable, write: WritePart) -> None:
    whole = write(table, ["a"])
    false = whole.with_name(f"part-{32 * '0'}.parquet")
    false.write_bytes(os.urandom(500))
    assert commit_parts(table) == 1
    assert not false.exists()
    assert pq.read_metadata(whole).num_rows == 1
