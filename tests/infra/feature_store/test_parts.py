"""Part files, and how the log learns of them."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

from matsluice.infra.feature_store import (
    BlockTable,
    Refused,
    commit_parts,
    committed_parts,
    look_up,
)

WritePart = Callable[..., Path]
StartChild = Callable[..., "subprocess.Popen[str]"]

# A worker that leaves a whole part and half of another, of which nobody tells the log.
KILLED_RUN = """
import sys, time
from pathlib import Path
import numpy as np
from matsluice.infra.feature_store import KEY_DTYPE, BlockTable, PartRows, write_part
from matsluice.infra.workspace.atomic_files import written_whole
table = BlockTable(Path(sys.argv[1]), "block", 1, "0a0a0a0a0a0a", ("block.one", "block.two"))
keys, values = np.array(["a", "b"], KEY_DTYPE), np.array([[1.0, 2.0], [3.0, 4.0]])
write_part(table, PartRows(keys, values, {}, {}, np.zeros(2, np.float32), "here", np.ones(2, np.int16)))
with written_whole(Path(sys.argv[1], table.partition, f"part-{32 * '0'}.parquet")) as temporary:
    temporary.write_bytes(b"PAR1 half")
    print("ready", flush=True)
    time.sleep(99)
"""
COMMIT = """
import sys
from pathlib import Path
from matsluice.infra.feature_store import BlockTable, commit_parts
table = BlockTable(Path(sys.argv[1]), "block", 1, "0a0a0a0a0a0a", ("block.one", "block.two"))
print("ready", flush=True)
sys.stdin.readline()
commit_parts(table)
"""


def in_the_log(table: BlockTable) -> pd.DataFrame:
    return DeltaTable(table.address).to_pandas()


def test_what_is_written_is_read_by_deltalake_and_by_pandas(table: BlockTable, write_rows: WritePart) -> None:
    values = np.array([[1.5, np.nan], [-0.0, 2.0**-1074], [np.nan, np.nan]])
    too_large = Refused("raised", "ValueError: too large")
    path = write_rows(table, ["a", "b", "c"], values, {0: "no two for Og"}, {2: too_large})
    assert commit_parts(table) == 1
    part = pd.read_parquet(path)
    assert part.columns.tolist() == table.part_schema.names
    for frame in (part, in_the_log(table)):
        assert frame["key"].tolist() == ["a", "b", "c"]
        assert frame[list(table.columns)].to_numpy().tobytes() == values.tobytes()
        assert frame["undefined"].tolist() == ["no two for Og", None, None]
        assert frame["refused"].tolist() == [None, None, "raised"]
        assert frame["detail"].tolist() == [None, None, "ValueError: too large"]
        assert frame["seconds"].tolist() == [0.0, 1.0, 2.0]
        assert set(frame["host"]) == {"here"}
        assert frame["attempt"].tolist() == [1, 1, 1]
    logged = in_the_log(table)
    assert set(logged["version"]) == {1}
    assert set(logged["parameters"]) == {"0a0a0a0a0a0a"}


def test_undefined_values_are_null_in_the_file(table: BlockTable, write_rows: WritePart) -> None:
    path = write_rows(
        table, ["a", "b"], [[np.nan, 1.0], [3.0, 4.0]], {0: "why"}, {1: Refused("timeout", "60 s")}
    )
    # What a refused material happens to have as values is not kept.
    part = pd.read_parquet(path, dtype_backend="pyarrow")
    assert part["block.one"].isna().tolist() == [True, True]
    assert part["block.two"].isna().tolist() == [False, True]


def test_the_log_grows_by_what_is_new(table: BlockTable, write: WritePart) -> None:
    assert commit_parts(table) == 0
    assert not Path(table.root).exists()
    write(table, ["a", "b"])
    write(table, ["c"])
    assert commit_parts(table) == 2
    assert commit_parts(table) == 0
    write(table, ["d"])
    assert commit_parts(table) == 1
    log = DeltaTable(table.address)
    assert log.version() == 1  # two commits, though three parts: each costs about 0.15 s
    assert sorted(log.to_pandas()["key"]) == ["a", "b", "c", "d"]
    assert len(DeltaTable(table.address, version=0).to_pandas()) == 3


def test_the_same_bytes_are_the_same_part(table: BlockTable, write: WritePart) -> None:
    assert write(table, ["a", "b"]) == write(table, ["a", "b"])
    assert write(table, ["a", "c"]) != write(table, ["a", "b"])
    commit_parts(table)
    write(table, ["a", "b"])
    assert commit_parts(table) == 0
    assert len(in_the_log(table)) == 4


def test_a_part_is_not_in_the_table_before_it_is_committed(table: BlockTable, write: WritePart) -> None:
    write(table, ["a"])
    commit_parts(table)
    write(table, ["b"])
    assert look_up(table, np.array([b"a", b"b"])).found.tolist() == [True, False]
    assert in_the_log(table)["key"].tolist() == ["a"]


def test_what_a_killed_run_left_is_adopted(table: BlockTable, start_child: StartChild) -> None:
    child = start_child(KILLED_RUN, table.root)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert committed_parts(table) == []
    assert commit_parts(table) == 1
    assert in_the_log(table)["key"].tolist() == ["a", "b"]


@pytest.mark.parametrize("left", [0, 1, 100, -1])
def test_a_damaged_part_that_nobody_entered_is_thrown_away(
    table: BlockTable, write: WritePart, left: int
) -> None:
    whole, damaged = write(table, ["a"]), write(table, ["b"])
    damaged.write_bytes(damaged.read_bytes()[:left])
    assert commit_parts(table) == 1
    assert [Path(table.files.address(name)) for name in committed_parts(table)] == [whole]
    assert not damaged.exists()
    assert look_up(table, np.array([b"a", b"b"])).found.tolist() == [True, False]


def test_a_part_that_was_damaged_after_it_was_entered_is_computed_again(
    table: BlockTable, write: WritePart
) -> None:
    write(table, ["a"])
    damaged = write(table, ["b"])
    commit_parts(table)
    damaged.write_bytes(damaged.read_bytes()[:100])
    assert look_up(table, np.array([b"a", b"b"])).found.tolist() == [True, False]
    write(table, ["b", "c"])
    commit_parts(table)
    assert look_up(table, np.array([b"a", b"b", b"c"])).found.all()
    assert sorted(in_the_log(table)["key"]) == ["a", "b", "c"]


def test_a_part_somebody_deleted_is_computed_again(table: BlockTable, write: WritePart) -> None:
    write(table, ["a"])
    write(table, ["b"]).unlink()
    commit_parts(table)
    deleted = write(table, ["c"])
    commit_parts(table)
    deleted.unlink()
    assert look_up(table, np.array([b"a", b"b", b"c"])).found.tolist() == [True, False, False]


def test_versions_and_parameters_stand_side_by_side(
    table: BlockTable, version_2: BlockTable, write: WritePart
) -> None:
    others = [version_2, replace(table, parameters="0b0b0b0b0b0b")]
    write(table, ["a", "b"])
    assert commit_parts(table) == 1
    for added, other in enumerate(others, start=1):
        # The same chunk, so the part files have the same name.
        write(other, ["a", "b"], added=100.0 * added)
        assert committed_parts(other) == []
        assert commit_parts(other) == 1
    logged = in_the_log(table)
    assert len(logged) == 6
    of_a = logged[logged["key"] == "a"].set_index(["version", "parameters"])["block.one"]
    assert of_a.to_dict() == {
        (1, "0a0a0a0a0a0a"): 1.0,
        (2, "0a0a0a0a0a0a"): 101.0,
        (1, "0b0b0b0b0b0b"): 201.0,
    }


def test_a_new_column_of_a_new_version_joins_the_table(table: BlockTable, write_rows: WritePart) -> None:
    write_rows(table, ["a"], [[1.0, 2.0]])
    commit_parts(table)
    wider = replace(table, version=2, columns=(*table.columns, "block.three"))
    write_rows(wider, ["b"], [[1.0, 2.0, 3.0]])
    assert commit_parts(wider) == 1
    logged = in_the_log(table).set_index("key")
    assert logged["block.three"].isna().to_dict() == {"a": True, "b": False}


def test_two_runs_may_enter_their_parts_at_once(
    table: BlockTable, write: WritePart, start_child: StartChild
) -> None:
    """Two campaigns of one workspace share the store; each may be the one that makes the table."""
    children = [start_child(COMMIT, table.root) for _ in range(3)]
    for key in "abcdef":
        write(table, [key])
    for child in children:
        assert child.stdin is not None
        child.stdin.write("now\n")
        child.stdin.flush()
    for child in children:
        assert child.wait(timeout=20) == 0
    assert sorted(in_the_log(table)["key"]) == list("abcdef")
