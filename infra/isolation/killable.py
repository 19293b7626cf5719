"""A child process for calls that may never return, and its supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, BinaryIO, TypeVar

from matsluice.infra.isolation.losses import Lost, RaisedInChild
from matsluice.infra.redaction import redacted

Result = TypeVar("Result")

# Named and not imported, so that the child runs it as a program alone.
CHILD_PROGRAM = "matsluice.infra.isolation.child"
# What a child says before it dies is worth a phrase; what it says while it lives is not kept.
LAST_WORDS_CHARACTERS = 300
MOST_WORDS_BYTES = 1024**2
CLOSING_S = 5.0


class KillableProcess:
    """A process that makes one call after the other, and is killed where one does not come back.

    It is started when it is first needed and again after it was killed. It ends with the process that holds it.

    Parameters
    ----------
    environment
        Variables that the child has beside, or in place of, those of this process.

    Examples
    --------
    >>> from math import sqrt
    >>> with KillableProcess() as process:
    ...     process.call(sqrt, 9.0, timeout_s=60)
    3.0
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Any, Any] | None = None
        self._exit = -1
        self._words: BinaryIO | None = None
        self.starts = 0

    def __enter__(self) -> KillableProcess:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the child."""
        self.kill()

    def __del__(self) -> None:
        """Leave no child behind where the holder forgot to end it."""
        # At the interpreter's end modules may be gone; the kernel then ends the child.
        with suppress(Exception):
            self.kill()

    @property
    def pid(self) -> int | None:
        """The child's process id; None where there is none."""
        return None if self._process is None else self._process.pid

    def call(self, function: Callable[..., Result], *arguments: object, timeout_s: float) -> Result:
        """Return ``function(*arguments)``, computed in the child.

        Parameters
        ----------
        function
            A module-level function.
        arguments
            What pickle can carry.
        timeout_s
            Seconds after which the child is killed.

        Raises
        ------
        RaisedInChild
            The function raised; the child lives on.
        Lost
            It took longer than `timeout_s`, or its process died. The next call begins with a new process.
        """
        connection, process = self._begin()
        try:
            connection.send((function, arguments))
            ready = wait([connection, self._exit], timeout_s)
            # An answer may stand in the pipe of a process that has ended since.
            answer = connection.recv() if connection in ready else None
        except (EOFError, OSError):  # of the pipe: the other end is gone
            raise Lost("killed", self._how_it_died(process)) from None
        if not ready:
            self.kill()
            raise Lost("timeout", f"no answer within {timeout_s:g} s")
        if answer is None:
            raise Lost("killed", self._how_it_died(process))
        self._forget_words()
        kind, value = answer
        if kind == "raised":
            raise RaisedInChild(*value)
        result: Result = value
        return result

    def kill(self) -> None:
        """End the child, whatever it is doing, and what it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        # Its id, which names its process group, stays taken until it is waited for.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert self._connection is not None
        assert self._words is not None
        self._connection.close()
        self._words.close()
        os.close(self._exit)

    def _begin(self) -> tuple[Connection[Any, Any], subprocess.Popen[bytes]]:
        if self._process is None:
            self._start()
        assert self._connection is not None
        assert self._process is not None
        return self._connection, self._process

    def _start(self) -> None:
        ours, theirs = Pipe()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the child
        # -P: the working folder is not searched for modules, so no file there can shadow one of ours.
        self._process = subprocess.Popen(  # noqa: S603 - the command is our own
            [sys.executable, "-P", "-m", CHILD_PROGRAM, str(theirs.fileno()), str(os.getpid())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._words,
            env={**os.environ, **self._environment},
            start_new_session=True,
        )
        theirs.close()
        self._connection = ours
        self._exit = os.pidfd_open(self._process.pid)
        self.starts += 1

    def _how_it_died(self, process: subprocess.Popen[bytes]) -> str:
        """Return by what the child died, and let go of it; one that only closed its end is killed."""
        # The kernel closes a dying process's pipe some moments before it is dead.
        died = bool(wait([self._exit], CLOSING_S))
        words = self._last_words()
        self.kill()
        how = f"its process {_ending(process.returncode)}" if died else "its process closed the connection"
        return f"{how}: {words}" if words else how

    def _last_words(self) -> str:
        assert self._words is not None
        size = self._words.seek(0, os.SEEK_END)
        # More than is told: a secret that is cut in two is recognised no more.
        self._words.seek(max(0, size - 16 * LAST_WORDS_CHARACTERS))
        lines = redacted(self._words.read().decode(errors="replace")).split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")[-LAST_WORDS_CHARACTERS:]

    def _forget_words(self) -> None:
        assert self._words is not None
        if os.fstat(self._words.fileno()).st_size > MOST_WORDS_BYTES:
            self._words.truncate(0)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exited with {code}"
    return f"was ended by {signal.Signals(-code).name}"
