"""The process between a run and a server it starts: it sees to it that the server never outlives the run.

A killed process (kill -9, the memory killer) cannot stop what it started. The guard can: it holds the
reading end of a pipe whose writing end only the run has, so the pipe closes in the moment the run is gone,
however it went. It imports nothing heavy, so that it costs some ten milliseconds and a few megabytes.

A server that is killed from outside is started again, with the same command and so on the same port and
database, a bounded number of times.

    python -m matsluice.infra.servers.guard --log FILE [--hold FILE] [--parent PID] [--restarts N] [--patient] \
        -- COMMAND...
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_S = 4.0  # what a server has to finish its requests and flush; Prefect and MLflow need under one
HELD = b"held"  # said to a parent that lets go of a server which another process keeps
KILLED = "matsluice: the server was killed by signal"
# Slurm and Kubernetes send SIGTERM to every process at once and SIGKILL some 30 s later; until then a run writes its
# last words to its server.
PATIENCE_S = 25.0
LOOK_EVERY_S = 1.0  # for the signs that no file descriptor announces: the parent's id, and the other holders


def main(arguments: list[str] | None = None) -> int:
    """Run the command until the parent is gone (or it ends by itself) and return its exit code."""
    parser = argparse.ArgumentParser(prog="matsluice.infra.servers.guard")
    parser.add_argument("--log", type=Path, required=True, help="file for the server's output")
    parser.add_argument("--hold", type=Path, help="file whose shared locks keep the server alive")
    parser.add_argument("--parent", type=int, help="id of the process whose end ends the server")
    parser.add_argument("--restarts", type=int, default=0, help="times it is started again after a kill")
    parser.add_argument(
        "--patient",
        action="store_true",
        help="SIGTERM ends nothing while the parent is there",
    )
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args(arguments)
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    # Both ends are non-blocking: a signal must not wait for a reader.
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    restarts = given.restarts
    patience_s = PATIENCE_S if given.patient else 0.0
    with given.log.open("ab") as log:
        while True:
            server = subprocess.Popen(  # noqa: S603 - the command is our own
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
            by_itself = _wait_for_the_end(server.pid, wake_read, given.hold, given.parent, patience_s)
            _stop_group(server.pid, signal.SIGUSR1 if given.patient else signal.SIGTERM)
            code = server.wait()
            # A server that gives up by itself has said why, and would again.
            if not (by_itself and code < 0 and restarts > 0):
                return code
            restarts -= 1
            log.write(f"{KILLED} {-code}; it is started again\n".encode())
            log.flush()


def _wait_for_the_end(
    server: int, wake: int, hold: Path | None, parent: int | None, patience_s: float
) -> bool:
    """Return when the server ended, a SIGTERM came, or the parent is gone and nobody holds the server.

    A SIGTERM is heeded after so many seconds of patience, or when the parent is gone.

    Returns
    -------
    bool
        Whether the server ended without having been told to.
    """
    orphaned = told = False
    terminated_at = None
    with selectors.DefaultSelector() as selector:
        selector.register(wake, selectors.EVENT_READ)
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(LOOK_EVERY_S):
                read = os.read(key.fd, 4096)
                if key.fd == wake and signal.SIGTERM in read and terminated_at is None:
                    terminated_at = time.monotonic()
                if key.fd != wake and not read:
                    selector.unregister(key.fd)
                    orphaned = True
            if has_ended(server):
                return True
            # A child the parent forked keeps the pipe open; the parent's id then still tells.
            orphaned = orphaned or (parent is not None and os.getppid() != parent)
            if orphaned and (hold is None or _nobody_holds(hold)):
                return False
            if terminated_at is not None and (orphaned or time.monotonic() - terminated_at >= patience_s):
                return False
            if orphaned and not told:
                told = _tell_parent(HELD)


def has_ended(pid: int) -> bool:
    """Return whether the child ended, leaving it to be waited for: until then its id stays taken."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _tell_parent(word: bytes) -> bool:
    """Write a word to the parent, which may be gone; return that it need not be told again."""
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), word)
    return True


def _nobody_holds(hold: Path) -> bool:
    """Return whether no process has a shared lock; the exclusive one then stays ours until we exit.

    So a process that would join in this very moment waits, finds no server, and starts its own.
    """
    file = os.open(hold, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    return True


def _stop_group(leader: int, number: signal.Signals) -> None:
    """Ask the server's process group to end by a signal, then kill what is left of it.

    The leader is not waited for before that, so its id, which names the group, cannot be somebody else's.
    """
    os.killpg(leader, number)
    deadline = time.monotonic() + GRACE_S
    while not has_ended(leader) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(leader, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
