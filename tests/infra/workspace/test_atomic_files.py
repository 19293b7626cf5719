"""Files that are there whole or not at all, also when the writer is killed."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from matsluice.infra.workspace.atomic_files import (
    delete_halves,
    host_word,
    read_json,
    write_json,
    written_whole,
)

StartChild = Callable[..., "subprocess.Popen[str]"]

HALF_WRITTEN = """
import sys, time
from pathlib import Path
from matsluice.infra.workspace.atomic_files import written_whole
with written_whole(Path(sys.argv[1])) as temporary:
    with temporary.open("w") as file:
        file.write("half of")
        file.flush()
        print("ready", flush=True)
        time.sleep(99)
"""
# Two contents of different length, over and over: a reader sees one or the other.
OVER_AND_OVER = """
import sys
from itertools import cycle
from pathlib import Path
from matsluice.infra.workspace.atomic_files import write_json
target = Path(sys.argv[1])
for round, content in enumerate(cycle([list(range(2000)), []])):
    write_json(target, content)
    if round == 2:
        print("ready", flush=True)
"""


def test_folder_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "c.txt"
    with written_whole(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert temporary.parent == target.parent
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_an_error_leaves_the_old_content_and_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail() -> None:
        with written_whole(target) as temporary:
            temporary.write_text("new, but half of")
            raise KeyError("in between")

    with pytest.raises(KeyError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("old", [None, "old"])
def test_a_writer_killed_in_between_changes_nothing(
    tmp_path: Path, start_child: StartChild, old: str | None
) -> None:
    target = tmp_path / "a.txt"
    if old is not None:
        target.write_text(old)
    child = start_child(HALF_WRITTEN, target)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert (target.read_text() if target.exists() else None) == old
    # What is left of it is hidden, and named so that no pattern of ours (part-*.parquet) finds it.
    drafts = [path.name for path in tmp_path.iterdir() if path != target]
    assert len(drafts) == 1
    assert drafts[0].startswith(".a.txt.")
    assert drafts[0].endswith(".part")
    with written_whole(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


def test_a_reader_never_sees_half_a_file(tmp_path: Path, start_child: StartChild) -> None:
    target = tmp_path / "a.json"
    child = start_child(OVER_AND_OVER, target)
    seen = {len(read_json(target)) for _ in range(300)}
    child.kill()
    child.wait()
    assert seen | {len(read_json(target))} <= {0, 2000}


def test_two_writers_do_not_share_a_draft(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with written_whole(target) as first, written_whole(target) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"


def test_json_comes_back_as_it_went(tmp_path: Path) -> None:
    content = {"gap (eV)": 1.1, "formula": "Cu₂ZnSnS₄", "none": None, "nested": [{"a": [1, 2]}]}
    write_json(tmp_path / "a.json", content)
    assert read_json(tmp_path / "a.json") == content
    assert (tmp_path / "a.json").read_text(encoding="utf-8").endswith("}\n")


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_json_with_a_number_that_json_lacks_is_refused(tmp_path: Path, number: float) -> None:
    write_json(tmp_path / "a.json", {"mae": 0.4})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"mae": number})
    assert json.loads((tmp_path / "a.json").read_text()) == {"mae": 0.4}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_halves_of_other_processes_are_deleted_and_nothing_else(tmp_path: Path) -> None:
    host = host_word()
    half = tmp_path / f".state.json.{host}.1.0123abcd.part"
    kept = [
        tmp_path / f".state.json.{host}.{os.getpid()}.0123abcd.part",  # this process may be writing it
        tmp_path / ".somebody.part",
        tmp_path / "state.json",
    ]
    for path in (half, *kept):
        path.touch()
    delete_halves(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)
