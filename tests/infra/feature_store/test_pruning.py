"""What killed writers leave is swept away, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.feature_store import BlockTable, commit_parts, committed_parts, look_up
from matsluice.infra.feature_store.claims import claiming
from matsluice.infra.feature_store.pruning import prune, take_out
from matsluice.infra.workspace.atomic_files import host_word

WritePart = Callable[..., Path]
StartChild = Callable[..., "subprocess.Popen[str]"]

KEYS = np.array([b"a", b"b"], dtype="S32")
WRITER = """
import sys, time
from pathlib import Path
from matsluice.infra.workspace.atomic_files import written_whole
with written_whole(Path(sys.argv[1], f"part-{32 * '0'}.parquet")) as temporary:
    temporary.write_bytes(b"PAR1 half")
    print("ready", flush=True)
    time.sleep(99)
"""


def aged(path: Path, seconds: float) -> Path:
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


@pytest.fixture
def folder(table: BlockTable, write: WritePart) -> Path:
    write(table, ["a", "b"])
    commit_parts(table)
    return Path(table.root) / table.partition


def test_half_a_file_of_a_killed_writer_goes_and_that_of_a_live_one_stays(
    table: BlockTable, folder: Path, start_child: StartChild
) -> None:
    dead, live = start_child(WRITER, folder), start_child(WRITER, folder)
    dead.kill()
    assert dead.wait() == -signal.SIGKILL
    halves = {path.name.split(".")[-3]: aged(path, 120) for path in folder.glob(".part-*.part")}
    assert prune(table.root, [table], 0.0).left_behind == 1
    assert not halves[str(dead.pid)].exists()
    assert halves[str(live.pid)].exists()


def test_half_a_file_of_another_machine_goes_after_a_day(table: BlockTable, folder: Path) -> None:
    young = folder / ".part-0.parquet.another.1.00000000.part"
    old = folder / ".part-1.parquet.another.1.00000000.part"
    just_now = folder / f".part-2.parquet.{host_word()}.999999999.00000000.part"
    for path in (young, old, just_now):
        path.write_bytes(b"half")
    aged(young, 3600)
    aged(old, 2 * 86400)
    assert prune(table.root, [table], 0.0).left_behind == 1
    assert (young.exists(), old.exists(), just_now.exists()) == (True, False, True)


def test_logs_that_were_set_aside_go_when_they_are_old(table: BlockTable, folder: Path) -> None:
    Path(table.address, "_delta_log", f"{0:020d}.json").write_text("{")
    assert look_up(table, KEYS).found.all()
    assert prune(table.root, [table], 3600.0).left_behind == 0
    assert prune(table.root, [table], 0.0).left_behind == 1
    assert look_up(table, KEYS).found.all()


def test_a_live_claim_stays(table: BlockTable, folder: Path) -> None:
    with claiming(table, KEYS):
        assert prune(table.root, [table], 0.0).left_behind == 0


def test_an_old_version_is_taken_out_at_once_and_deleted_later(
    table: BlockTable, version_2: BlockTable, folder: Path, write: WritePart
) -> None:
    write(version_2, ["a"])
    commit_parts(version_2)
    assert take_out(table) == 1
    assert commit_parts(table) == 0
    assert committed_parts(table) == []
    assert look_up(version_2, KEYS[:1]).found.all()
    assert prune(table.root, [table, version_2], 3600.0).merged == 0
    assert prune(table.root, [table, version_2], 0.0).merged == 1
    assert look_up(version_2, KEYS[:1]).found.all()
