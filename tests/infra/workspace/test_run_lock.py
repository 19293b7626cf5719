"""One run of a campaign at a time, and none to clean up after."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.run_lock import is_running, only_run

StartChild = Callable[..., "subprocess.Popen[str]"]

HOLDER = """
import sys
from pathlib import Path
from matsluice.infra.workspace.run_lock import only_run
with only_run(Path(sys.argv[1]), "solar"):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_naming_the_first(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child(HOLDER, tmp_path)
    assert is_running(tmp_path)
    refusal = rf"campaign solar is already running .*\(process {child.pid}\)"
    with pytest.raises(InvalidInput, match=refusal), only_run(tmp_path, "solar"):
        pass
    # Being refused does not take the lock from its holder, nor its name.
    assert is_running(tmp_path)
    with pytest.raises(InvalidInput, match=f"`kill {child.pid}`"), only_run(tmp_path, "solar"):
        pass


def test_the_lock_is_free_when_its_holder_ends(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child(HOLDER, tmp_path)
    child.communicate("", timeout=10)
    assert not is_running(tmp_path)
    with only_run(tmp_path, "solar"):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


def test_the_lock_is_free_when_its_holder_is_killed(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child(HOLDER, tmp_path)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert not is_running(tmp_path)
    with only_run(tmp_path, "solar"):
        assert is_running(tmp_path)
    assert not is_running(tmp_path)


def test_an_error_in_the_run_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyError), only_run(tmp_path, "solar"):
        raise KeyError
    assert not is_running(tmp_path)


def test_asking_whether_it_runs_makes_nothing(tmp_path: Path) -> None:
    assert not is_running(tmp_path / "never-run")
    assert list(tmp_path.iterdir()) == []


def test_two_campaigns_do_not_wait_for_each_other(tmp_path: Path, start_child: StartChild) -> None:
    start_child(HOLDER, tmp_path / "solar")
    with only_run(tmp_path / "wind", "wind"):
        assert is_running(tmp_path / "solar")
        assert is_running(tmp_path / "wind")
