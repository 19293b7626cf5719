"""Calls in a child process: answered, lost, and the process that makes them never in the way."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from matsluice.infra.isolation import KillableProcess, Lost, RaisedInChild

PATIENCE_S = 60.0


@pytest.fixture
def process() -> Iterator[KillableProcess]:
    with KillableProcess() as running:
        yield running


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)


def test_calls_are_answered_one_after_the_other_by_one_process(process: KillableProcess) -> None:
    pids = {process.call(os.getpid, timeout_s=PATIENCE_S) for _ in range(3)}
    assert pids == {process.pid}
    assert process.pid != os.getpid()
    assert process.call(pow, 3, 4, timeout_s=PATIENCE_S) == 81
    assert process.starts == 1


def test_large_answers_come_whole(process: KillableProcess) -> None:
    assert process.call(bytes, 50_000_000, timeout_s=PATIENCE_S) == bytes(50_000_000)


def test_what_the_call_raises_is_told_and_the_process_lives_on(process: KillableProcess) -> None:
    first = process.call(os.getpid, timeout_s=PATIENCE_S)
    with pytest.raises(RaisedInChild) as raised:
        process.call(int, "many", timeout_s=PATIENCE_S)
    assert raised.value.text == "ValueError: invalid literal for int() with base 10: 'many'"
    assert "Traceback" in raised.value.trace
    assert process.call(os.getpid, timeout_s=PATIENCE_S) == first


def test_a_call_that_hangs_is_lost_and_the_next_one_has_a_new_process(process: KillableProcess) -> None:
    first = process.call(os.getpid, timeout_s=PATIENCE_S)
    with pytest.raises(Lost, match=r"no answer within 0\.2 s") as lost:
        process.call(time.sleep, 1000, timeout_s=0.2)
    assert lost.value.reason == "timeout"
    assert not is_running(first)
    assert process.call(os.getpid, timeout_s=PATIENCE_S) != first
    assert process.starts == 2


@pytest.mark.parametrize(
    ("number", "name"),
    [(signal.SIGKILL, "SIGKILL"), (signal.SIGSEGV, "SIGSEGV"), (signal.SIGABRT, "SIGABRT")],
)
def test_a_call_that_kills_its_process_is_lost(
    process: KillableProcess, number: signal.Signals, name: str
) -> None:
    with pytest.raises(Lost, match=f"was ended by {name}") as lost:
        process.call(signal.raise_signal, number, timeout_s=PATIENCE_S)
    assert lost.value.reason == "killed"
    assert process.call(abs, -1, timeout_s=PATIENCE_S) == 1


def test_a_null_pointer_is_survived(process: KillableProcess) -> None:
    with pytest.raises(Lost, match="SIGSEGV"):
        process.call(ctypes.string_at, 0, timeout_s=PATIENCE_S)


def test_an_exit_is_lost_with_its_last_words(process: KillableProcess) -> None:
    with pytest.raises(Lost, match="its process exited with 1: the reactor is on fire"):
        process.call(sys.exit, "the reactor is on fire", timeout_s=PATIENCE_S)


def test_one_that_was_killed_between_two_calls_is_noticed(process: KillableProcess) -> None:
    pid = process.call(os.getpid, timeout_s=PATIENCE_S)
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)
    with pytest.raises(Lost, match="SIGKILL"):
        process.call(abs, -1, timeout_s=PATIENCE_S)
    assert process.call(abs, -1, timeout_s=PATIENCE_S) == 1


def test_what_a_call_has_started_ends_with_it(process: KillableProcess, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    # The shell's child keeps the connection open after the child itself is gone.
    command = f"sleep 1000 & echo $! > {told}; wait"
    with pytest.raises(Lost, match="no answer"):
        process.call(os.system, command, timeout_s=8.0)
    wait_until_gone(int(told.read_text()))


def test_prints_do_not_disturb_the_answers(process: KillableProcess) -> None:
    assert process.call(os.system, "echo noise; echo more noise >&2", timeout_s=PATIENCE_S) == 0
    assert process.call(print, "noise", timeout_s=PATIENCE_S) is None


def test_the_child_has_the_environment_it_was_given() -> None:
    with KillableProcess({"OMP_NUM_THREADS": "1"}) as process:
        assert process.call(os.getenv, "OMP_NUM_THREADS", timeout_s=PATIENCE_S) == "1"


def test_each_thread_may_have_its_own() -> None:
    pids: list[int] = []

    def ask() -> None:
        with KillableProcess() as process:
            pids.append(process.call(os.getpid, timeout_s=PATIENCE_S))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pids)) == 3


@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_with_its_parent_also_in_the_middle_of_a_call(tmp_path: Path, busy: bool) -> None:
    program = dedent(
        f"""
        import os, sys, time
        from matsluice.infra.isolation import KillableProcess
        process = KillableProcess()
        pid = process.call(os.getpid, timeout_s=60)
        print(pid, flush=True)
        {"process.call(time.sleep, 1000, timeout_s=1000)" if busy else "time.sleep(1000)"}
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.kill()
        parent.wait()
    wait_until_gone(pid)
