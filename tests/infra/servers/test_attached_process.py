from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from matsluice.infra.servers.attached_process import AttachedProcess
from matsluice.infra.servers.server_record import Hold, ServerRecord, one_starter, read_record

# A server with a worker of its own, of which one does not listen to SIGTERM.
SERVER = """
import os, signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(15, lambda *a: 0); time.sleep(99)"
worker = subprocess.Popen([sys.executable, "-c", deaf])
print(os.getpid(), worker.pid, flush=True)
time.sleep(99)
"""
PARENT = """
import sys, time
from pathlib import Path
from matsluice.infra.servers.attached_process import AttachedProcess
process = AttachedProcess([sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]))
print(process.pid, flush=True)
time.sleep(99)
"""


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pids_in(log: Path) -> list[int]:
    until(lambda: log.exists() and len(log.read_text().split()) == 2)
    return [int(word) for word in log.read_text().split()]


def test_nothing_is_left_over_when_the_parent_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, SERVER, str(log)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        guard = int(parent.stdout.readline())
        pids = [guard, *pids_in(log)]
        assert all(map(lives, pids))
        parent.kill()
    assert parent.returncode == -signal.SIGKILL
    until(lambda: not any(map(lives, pids)))


def test_a_fork_of_the_parent_does_not_keep_the_server(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    forking = PARENT.replace(
        "print(process.pid", "import os\nif os.fork() == 0: time.sleep(180); os._exit(0)\nprint(process.pid"
    )
    with subprocess.Popen(
        [sys.executable, "-c", forking, SERVER, str(log)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(parent.stdout.readline()), *pids_in(log)]
        parent.kill()
        until(lambda: not any(map(lives, pids)))


def test_stop_ends_the_whole_group_and_keeps_the_log(tmp_path: Path) -> None:
    process = AttachedProcess([sys.executable, "-c", SERVER], tmp_path / "server.log")
    pids = pids_in(process.log)
    before = process.running
    process.stop()
    process.stop()
    assert (before, process.running) == (True, False)
    assert not any(map(lives, pids))


def test_a_server_that_ends_by_itself_is_seen(tmp_path: Path) -> None:
    process = AttachedProcess(
        [sys.executable, "-c", "import sys; sys.exit('no such database')"], tmp_path / "log"
    )
    until(lambda: not process.running)
    process.stop()
    assert process.log.read_text() == "no such database\n"


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(tmp_path: Path) -> None:
    process = AttachedProcess([sys.executable, "-c", SERVER], tmp_path / "server.log")
    pids_in(process.log)
    assert os.getpgid(process.pid) != os.getpgid(0)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.2)
    assert process.running
    process.stop()


def test_a_held_server_lives_until_the_last_holder_lets_go(tmp_path: Path) -> None:
    hold = Hold(tmp_path / "hold")
    process = AttachedProcess([sys.executable, "-c", SERVER], tmp_path / "server.log", hold=hold.path)
    pids = pids_in(process.log)
    process.stop()  # returns at once
    time.sleep(1.5)
    assert all(map(lives, pids))
    hold.release()
    until(lambda: not any(map(lives, pids)))


def test_a_record_of_a_process_that_is_another_programs_now_does_not_count(tmp_path: Path) -> None:
    record = ServerRecord.of("http://127.0.0.1:1", os.getpid(), tmp_path / "server.log")
    with one_starter(tmp_path / "servers" / "start"):
        record.write(tmp_path / "servers" / "record.json")
    assert read_record(tmp_path / "servers" / "record.json") == record
    assert not record.running


def test_a_server_killed_from_outside_is_started_again_a_bounded_number_of_times(tmp_path: Path) -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(99)"
    process = AttachedProcess([sys.executable, "-c", program], tmp_path / "server.log", restarts=2)

    def started() -> list[int]:
        lines = process.log.read_text().splitlines() if process.log.exists() else []
        return [int(line) for line in lines if line.isdigit()]

    for time_ in (1, 2, 3):
        until(lambda time_=time_: len(started()) == time_)  # type: ignore[misc]
        os.kill(started()[-1], signal.SIGKILL)
    until(lambda: not process.running)
    process.stop()
    assert len(set(started())) == 3
    assert process.log.read_text().count("killed by signal 9; it is started again") == 2


def test_a_server_that_is_told_to_stop_or_gives_up_is_not_started_again(tmp_path: Path) -> None:
    process = AttachedProcess([sys.executable, "-c", SERVER], tmp_path / "told.log", restarts=2)
    pids = pids_in(process.log)
    process.stop()
    until(lambda: not any(map(lives, pids)))
    assert len(process.log.read_text().split()) == 2
    gives_up = "import sys; sys.exit('disk full')"
    process = AttachedProcess([sys.executable, "-c", gives_up], tmp_path / "gives-up.log", restarts=2)
    until(lambda: not process.running)
    process.stop()
    assert process.log.read_text() == "disk full\n"
