"""A file that one process holds at a time, and that a dead process holds no longer."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from matsluice.infra.workspace import heartbeat_lock

# What shared file systems answer that have no locks (NFS without lockd, some FUSE and parallel ones).
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})


class Held(Exception):  # noqa: N818 - the state of the file
    """Another process holds the file.

    Attributes
    ----------
    holder
        Its process id, and its host where that is known.
    """

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@contextmanager
def held(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold a file for the length of the block.

    The kernel holds the lock for the process and lets go of it when the process ends, also by kill -9. Where
    the file system has no such locks, a second file with a heartbeat stands for it.

    Parameters
    ----------
    path
        The file; it is made, and stays.
    wait
        Wait until it is free.

    Raises
    ------
    Held
        Another process holds it, and `wait` is False.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            raise Held(file.read().strip() or "unknown") from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            beating = heartbeat_lock.take(path, wait=wait)
            if beating is None:
                raise Held(heartbeat_lock.holder(path)) from None
            with beating:
                yield
            return
        _sign(file)
        yield


def has_locks(folder: Path) -> bool:
    """Return whether the file system of a folder has locks that the kernel holds for a process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    finally:
        os.close(descriptor)
    return True


def _sign(file: IO[str]) -> None:
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


def is_held(path: Path) -> bool:
    """Return whether some process holds the file now; nothing is made."""
    if not path.exists():
        return False
    with path.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return heartbeat_lock.is_alive(path)
        return False
