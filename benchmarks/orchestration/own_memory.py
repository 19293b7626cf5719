"""What this process has in memory, as the kernel counts it."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SELF = Path("/proc/self")


def resident() -> int:
    """Return the resident memory in bytes."""
    return _status("VmRSS")


def largest() -> int:
    """Return the largest resident memory in bytes since the mark was last set back."""
    return _status("VmHWM")


def give_back_unused() -> None:
    """Have the C library give back what it keeps, so that what is left is in use."""
    ctypes.CDLL(None).malloc_trim(0)


ANONYMOUS = ", no file behind it"


@contextmanager
def peak_noted(peaks: dict[str, float], phase: str) -> Iterator[None]:
    """Note the largest memory in bytes while the block lasts: resident, and of this what no file stands behind.

    The first is the kernel's own mark. Of the second it keeps none, so it is looked at every few milliseconds.
    """
    (_SELF / "clear_refs").write_text("5")
    over, seen = threading.Event(), [_status("RssAnon")]

    def look() -> None:
        while not over.wait(0.004):
            seen.append(max(seen.pop(), _status("RssAnon")))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()
    peaks[phase], peaks[phase + ANONYMOUS] = largest(), max(seen[0], _status("RssAnon"))


def _status(name: str) -> int:
    lines = (line.split(":", 1) for line in (_SELF / "status").read_text().splitlines())
    return int(dict(lines)[name].split()[0]) * 1024
