"""A server process that ends with the process that started it, even by kill -9."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from matsluice.infra.servers import guard


class AttachedProcess:
    """A running command whose life is tied to this process by a guard.

    Parameters
    ----------
    command
        Program and arguments.
    log
        File that takes the command's output; appended to.
    environment
        The command's whole environment; that of this process where left out.
    folder
        The command's working folder.
    hold
        File on which other processes may hold a shared lock (`flock`): while one does, the command outlives
        this process.
    restarts
        How many times the command is started again after it was killed by a signal from outside.
    patient
        A SIGTERM, which may come to every process at once, ends the command only when this process is gone, or
        some 25 s later. The command itself must ignore SIGTERM, and ends at SIGUSR1: see `patient_uvicorn`.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        hold: Path | None = None,
        restarts: int = 0,
        patient: bool = False,
    ) -> None:
        self._log = log
        options = ["--log", str(log.absolute()), "--parent", str(os.getpid())]
        options += ["--hold", str(hold.absolute())] if hold else []
        options += ["--restarts", str(restarts)] if restarts else []
        options += ["--patient"] if patient else []
        # -P: the working folder is not searched for modules, so no file there can shadow a server's.
        self._guard = subprocess.Popen(  # noqa: S603 - the command is our own
            [sys.executable, "-P", "-m", guard.__name__, *options, "--", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=None if environment is None else dict(environment),
            cwd=folder,
            start_new_session=True,  # Ctrl-C in the terminal reaches the run alone, which stops its servers
        )

    @property
    def pid(self) -> int:
        """The guard's process id; the command is its only child."""
        return self._guard.pid

    @property
    def log(self) -> Path:
        """The file with the command's output."""
        return self._log

    @property
    def running(self) -> bool:
        """Whether the command still runs."""
        return self._guard.poll() is None

    def stop(self) -> None:
        """Let go of the command and wait until it ended; where another process holds it, only let go."""
        to_guard, from_guard = self._guard.stdin, self._guard.stdout
        if to_guard is None or from_guard is None or to_guard.closed:
            return
        to_guard.close()
        with from_guard:
            held = from_guard.read(len(guard.HELD)) == guard.HELD
        if held:
            self._guard.returncode = 0  # not ours to wait for: its own end is the guard's business
        else:
            self._guard.wait()
