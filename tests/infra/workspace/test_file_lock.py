"""Locks where the file system has none: a heartbeat stands for them."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from matsluice.infra import interruption
from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace import heartbeat_lock
from matsluice.infra.workspace.file_lock import Held, has_locks, held, is_held
from matsluice.infra.workspace.run_lock import is_running, only_run

StartChild = Callable[..., "subprocess.Popen[str]"]

WITHOUT_LOCKS = """
import errno, fcntl, sys
from pathlib import Path
def refuse(*_):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = refuse
from matsluice.infra.workspace.run_lock import only_run
with only_run(Path(sys.argv[1]), "solar"):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=[errno.ENOLCK, errno.EOPNOTSUPP])
def no_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_a_second_run_is_refused(no_locks: None, tmp_path: Path, start_child: StartChild) -> None:
    child = start_child(WITHOUT_LOCKS, tmp_path)
    assert is_running(tmp_path)
    with (
        pytest.raises(InvalidInput, match=rf"\(process {child.pid} on .*`kill {child.pid}`"),
        only_run(tmp_path, "solar"),
    ):
        pass
    child.communicate("", timeout=20)
    assert not is_running(tmp_path)
    with only_run(tmp_path, "solar"):
        assert is_running(tmp_path)
    assert not is_running(tmp_path)


def test_a_killed_run_holds_nothing(no_locks: None, tmp_path: Path, start_child: StartChild) -> None:
    child = start_child(WITHOUT_LOCKS, tmp_path)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert not is_running(tmp_path)
    with only_run(tmp_path, "solar"):
        assert is_running(tmp_path)


def test_another_machines_lock_is_held_while_its_heart_beats(no_locks: None, tmp_path: Path) -> None:
    lock, file = tmp_path / ".lock", tmp_path / ".lock.held"
    lock.touch()
    file.write_text(json.dumps({"host": "another", "pid": 1, "token": "t"}))
    assert is_held(lock)
    with pytest.raises(Held, match="1 on another"), held(lock):
        pass
    now = file.stat().st_mtime
    os.utime(file, (now, now - heartbeat_lock.STALE_S - 1))
    assert not is_held(lock)
    with held(lock):
        assert json.loads(file.read_text())["pid"] == os.getpid()
    assert not file.exists()


def test_the_heart_beats(no_locks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat_lock, "BEAT_S", 0.02)
    with held(tmp_path / ".lock"):
        file = tmp_path / ".lock.held"
        os.utime(file, (0, 0))
        for _ in range(500):
            if file.stat().st_mtime > 0:
                break
            time.sleep(0.02)
        assert file.stat().st_mtime > 0


def test_a_run_that_lost_its_lock_stops(
    no_locks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was cut off from the file system for longer than a minute, and another run has begun."""
    monkeypatch.setattr(heartbeat_lock, "BEAT_S", 0.02)
    interruption._wish.clear()
    try:
        with held(tmp_path / ".lock"):
            (tmp_path / ".lock.held").write_text(json.dumps({"host": "another", "pid": 1, "token": "t"}))
            assert interruption._wish.wait(timeout=20)
    finally:
        interruption._wish.clear()
    assert (tmp_path / ".lock.held").exists()


def test_the_sentence_says_what_stands_for_locks(
    no_locks: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with held(tmp_path / ".lock"):
        pass
    assert "has no file locks: .lock.held with a heartbeat stands for them" in caplog.text


def test_whether_there_are_locks(tmp_path: Path) -> None:
    assert has_locks(tmp_path)


def test_no_locks_are_no_locks(no_locks: None, tmp_path: Path) -> None:
    assert not has_locks(tmp_path)
