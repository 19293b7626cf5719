"""Small parts merged into large ones: nothing lost, nothing changed, whoever reads or dies meanwhile."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

from matsluice.infra.feature_store import (
    KEY_DTYPE,
    BlockTable,
    Refused,
    commit_parts,
    committed_parts,
    compaction,
    fill,
    look_up,
    reading,
)
from matsluice.infra.feature_store.compaction import compact
from matsluice.infra.feature_store.partitions import contents, partitions
from matsluice.infra.feature_store.pruning import prune

WritePart = Callable[..., Path]
StartChild = Callable[..., "subprocess.Popen[str]"]

KEYS = np.array([f"{i:032x}" for i in range(30)], dtype=KEY_DTYPE)
# It is killed after the merged part is written, before or after the commit.
KILLED = """
import os, signal, sys
from matsluice.infra.feature_store import BlockTable, compaction
table = BlockTable(sys.argv[1], "block", 1, "0a0a0a0a0a0a", ("block.one", "block.two"))
exchange = compaction._exchange
def killed(*arguments):
    if sys.argv[2] == "after":
        exchange(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
compaction._exchange = killed
print("ready", flush=True)
compaction.compact(table)
"""


@pytest.fixture
def many(table: BlockTable, write_rows: WritePart) -> BlockTable:
    """Ten parts of three materials; one was refused and then computed, one refused twice, one computed twice."""
    names = [key.decode() for key in KEYS]
    for i in range(10):
        values = [[float(j), np.nan if j % 7 == 0 else 0.1 * j] for j in range(3 * i, 3 * i + 3)]
        undefined = {row: "no value" for row in range(3) if (3 * i + row) % 7 == 0}
        refused = {1: Refused("timeout", "60 s")} if i in (2, 3) else {}
        write_rows(table, names[3 * i : 3 * i + 3], values, undefined, refused, host=f"host{i % 2}")
    write_rows(table, [names[7]], [[7.0, np.nan]], {0: "no value"}, attempt=2)
    write_rows(table, [names[10]], [[0.0, 0.0]], {}, {0: Refused("memory", "2 GiB")}, attempt=2)
    write_rows(table, [names[20]], [[20.0, 2.0]], host="host9")
    commit_parts(table)
    return table


def everything(table: BlockTable) -> tuple[object, ...]:
    out = np.zeros((30, 2))
    filled = fill(table, KEYS, out)
    found = look_up(table, KEYS)
    hosts = [filled.hosts[i] for i in filled.host]
    return out.tobytes(), filled.undefined, filled.refused, found.refused, found.attempts, hosts


def in_the_log(table: BlockTable) -> pd.DataFrame:
    return DeltaTable(table.address).to_pandas().sort_values("key").reset_index(drop=True)


def test_merging_changes_nothing_but_the_files(many: BlockTable) -> None:
    before = everything(many)
    done = compact(many)
    assert (done.before, done.after, done.dropped, done.damaged) == (13, 1, 3, 0)
    assert everything(many) == before
    assert before[2] == {10: Refused("memory", "2 GiB")}
    assert len(in_the_log(many)) == 30
    # The old files are still there, for whoever reads them, and are not entered again.
    assert len(list(Path(many.root).rglob("part-*.parquet"))) == 14
    assert commit_parts(many) == 0
    # Merged is merged.
    again = compact(many)
    assert (again.before, again.after) == (1, 1)


def test_others_read_the_same_before_and_after(many: BlockTable) -> None:
    for _ in range(2):
        frame = in_the_log(many)
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            extension = next(Path(duckdb_delta()).rglob("delta.duckdb_extension"))
            connection.load_extension(str(extension))
            theirs = connection.sql(f"select * from delta_scan('{many.address}') order by key").df()
        assert theirs["key"].tolist() == frame["key"].tolist()
        assert len(theirs) == contents(many).rows
        ours = np.zeros((30, 2))
        filled = fill(many, KEYS, ours)
        computed = theirs[theirs["refused"].isna()].drop_duplicates("key")
        assert len(computed) == 30 - len(filled.refused)
        places = np.searchsorted(KEYS, computed["key"].to_numpy().astype(KEY_DTYPE))
        assert computed[list(many.columns)].to_numpy().tobytes() == ours[places].tobytes()
        compact(many)


def duckdb_delta() -> Path:
    """Return the folder of the extension for DuckDB that comes as a package."""
    import duckdb_extension_delta

    return Path(duckdb_extension_delta.__file__).parent


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_merge_that_is_killed_loses_nothing(many: BlockTable, start_child: StartChild, when: str) -> None:
    before = everything(many)
    child = start_child(KILLED, many.root, when)
    assert child.wait(timeout=60) == -signal.SIGKILL
    assert everything(many) == before
    # The next run enters what was left; the next merge does the rest.
    commit_parts(many)
    assert everything(many) == before
    compact(many)
    assert everything(many) == before
    assert len(in_the_log(many)) == 30


def test_a_reader_whose_files_are_merged_and_deleted_finds_the_rows_in_the_new_ones(
    many: BlockTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(many)
    calls: list[str] = []

    def merged_just_after_the_first_look(table: BlockTable) -> list[str]:
        names = committed_parts(table)
        if not calls:
            calls.append("once")
            compact(table)
            prune(table.root, [table], 0.0)
        return names

    monkeypatch.setattr(reading, "committed_parts", merged_just_after_the_first_look)
    out = np.zeros((30, 2))
    fill(many, KEYS, out)
    assert out.tobytes() == before[0]
    assert len(list(Path(many.root).rglob("part-*.parquet"))) == 1


def test_parts_written_during_a_merge_are_kept(
    many: BlockTable, write_rows: WritePart, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = compaction._exchange

    def after_another_commit(*arguments: object) -> None:
        write_rows(many, ["f" * 32], [[1.0, 2.0]])
        commit_parts(many)
        exchange(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(compaction, "_exchange", after_another_commit)
    compact(many)
    assert look_up(many, np.array(["f" * 32, *KEYS.astype(str)], KEY_DTYPE)).found.all()
    assert len(in_the_log(many)) == 31


def test_large_parts_are_left_alone(
    table: BlockTable, write_rows: WritePart, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    names = [f"{i:032x}" for i in range(4000)]
    write_rows(table, names[:3000], random.random((3000, 2)))
    for start in range(3000, 4000, 100):
        write_rows(table, names[start : start + 100], random.random((100, 2)))
    commit_parts(table)
    monkeypatch.setattr(compaction, "LARGE_BYTES", 60_000)
    monkeypatch.setattr(compaction, "WINDOW_BYTES", 60_000)
    large = max(Path(table.root).rglob("part-*.parquet"), key=lambda path: path.stat().st_size)
    assert compact(table).after == 3
    assert any(name.endswith(large.name) for name in committed_parts(table))
    assert look_up(table, np.array(names, KEY_DTYPE)).found.all()


def test_what_the_store_holds(many: BlockTable, version_2: BlockTable, write: WritePart) -> None:
    write(version_2, [KEYS[0].decode()])
    commit_parts(version_2)
    assert partitions(many.root) == [many, version_2]
    held = contents(many)
    assert (held.computed, held.refused, held.rows, held.parts, held.waiting) == (
        29,
        {"memory": 1},
        33,
        13,
        0,
    )
    write(many, ["e" * 32])
    assert contents(many).waiting == 1
    assert contents(version_2).computed == 1


@pytest.fixture
def old_and_new(many: BlockTable) -> BlockTable:
    compact(many)
    return many


def test_pruning_keeps_what_a_reader_may_still_read(old_and_new: BlockTable) -> None:
    before = everything(old_and_new)
    assert prune(old_and_new.root, [old_and_new], 7 * 86400.0).merged == 0
    assert prune(old_and_new.root, [old_and_new], 0.0).merged == 13
    assert prune(old_and_new.root, [old_and_new], 0.0).merged == 0
    assert everything(old_and_new) == before
