"""A disk that is full, read-only or broken: whoever meets it and however it is told, said in one sentence."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from matsluice.infra.mistakes import Hindered, Interrupted, InvalidInput

GOES_ON = "and the same command goes on"
SENTENCES: Mapping[int, str] = MappingProxyType(
    {
        errno.ENOSPC: f"the disk of {{place}} is full: free space, {GOES_ON}",
        errno.EDQUOT: f"the quota on the disk of {{place}} is used up: free space or ask for more, {GOES_ON}",
        errno.EROFS: f"the disk of {{place}} is read-only: mount it for writing, {GOES_ON}",
        errno.EIO: f"the disk of {{place}} has an input/output error: mend it or move the workspace, {GOES_ON}",
        errno.ESTALE: f"the network disk of {{place}} has been lost: mount it again, {GOES_ON}",
    }
)
# Libraries of other languages, and databases, tell it only in words.
WORDS: Mapping[str, int] = MappingProxyType(
    {
        r"No space left on device|\(os error 28\)|database or disk is full": errno.ENOSPC,
        r"Disk quota exceeded|\(os error 122\)": errno.EDQUOT,
        r"Read-only file system|\(os error 30\)|attempt to write a readonly database": errno.EROFS,
        r"Input/output error|\(os error 5\)|disk I/O error": errno.EIO,
        r"Stale file handle|\(os error 116\)": errno.ESTALE,
    }
)
# Below this a write that failed without saying why has failed for want of room.
LITTLE_ROOM_BYTES = 1024 * 1024


@contextmanager
def disk_faults_said(place: Path) -> Iterator[None]:
    """Raise `Hindered`, in one sentence, where what the block raises comes of a disk.

    Parameters
    ----------
    place
        What to name where the error does not name a file.
    """
    try:
        yield
    except (InvalidInput, Interrupted, Hindered):
        raise
    except Exception as error:
        fault = disk_fault(error, place)
        if fault is None:
            raise
        raise fault from error


def disk_fault(error: BaseException, place: Path) -> Hindered | None:
    """Return the sentence for an error that comes, itself or by what it was raised from, of a disk; else None.

    Examples
    --------
    >>> print(disk_fault(OSError(errno.ENOSPC, "No space left on device", "/w/a.parquet"), Path("/w")))
    the disk of /w/a.parquet is full: free space, and the same command goes on
    >>> disk_fault(ValueError("a row is wrong"), Path("/w"))
    """
    for each in _chain(error):
        number = _number(each)
        if number is not None:
            named = getattr(each, "filename", None)
            return Hindered(SENTENCES[number].format(place=os.fsdecode(named) if named else place))
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    # What was raised first knows most.
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        current = current.__cause__ or current.__context__
    yield from reversed(seen)


def _number(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno in SENTENCES:
        return error.errno
    text = str(error)
    return next((number for pattern, number in WORDS.items() if re.search(pattern, text)), None)


@contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """Let an error of the disk that comes while a file is written name the file, and have a number.

    numpy says only that fewer bytes were written than asked for.
    """
    try:
        yield
    except OSError as error:
        number = error.errno
        if number is None and _no_room(path.parent):
            number = errno.ENOSPC
        if number is None or number not in SENTENCES:
            raise
        raise OSError(number, os.strerror(number), str(path)) from error


def _no_room(folder: Path) -> bool:
    try:
        room = os.statvfs(folder)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < LITTLE_ROOM_BYTES
