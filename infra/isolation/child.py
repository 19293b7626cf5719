"""The process in which isolated calls are made: it answers one after the other until its parent is gone.

    python -m matsluice.infra.isolation.child DESCRIPTOR PARENT

It is a plain program and not a `multiprocessing` child, because Dask's workers are daemonic and may have none.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import traceback
from multiprocessing.connection import Connection

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Answer calls until the connection closes."""
    descriptor, parent = map(int, sys.argv[1:3])
    _die_with(parent)
    # Ctrl-C in the terminal is the run's to answer, and what Slurm sends to every process of a job the worker's:
    # a child that ended by itself would count as killed by its row.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with Connection(descriptor) as connection:
        while True:
            try:
                function, arguments = connection.recv()
            except EOFError:
                return
            except Exception as error:  # noqa: BLE001 - what cannot be read here is the caller's to hear of
                connection.send(("raised", _told(error)))
                continue
            connection.send(_answer(function, arguments))


def _answer(function: object, arguments: tuple[object, ...]) -> tuple[str, object]:
    try:
        return "returned", function(*arguments)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - handed to the caller, whatever it is
        return "raised", _told(error)


def _told(error: Exception) -> tuple[str, str, Exception | None]:
    text, trace = f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))
    try:
        # As it will arrive: an exception may be picklable and yet not come out again.
        pickle.loads(pickle.dumps(error))  # noqa: S301 - written in this line
    except Exception:  # noqa: BLE001 - then its text has to do
        return text, trace, None
    return text, trace, error


def _die_with(parent: int) -> None:
    """End when the parent ends, also by kill -9 and in the middle of a call that never returns."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # gone before it could be asked for
        os._exit(1)


if __name__ == "__main__":
    main()
