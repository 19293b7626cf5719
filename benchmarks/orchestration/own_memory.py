"""What this process has in memory, as the kernel counts it."""

from __future__ import annotations

import ctypes
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


@contextmanager
def peak_noted(peaks: dict[str, float], phase: str) -> Iterator[None]:
    """Note the largest resident memory in bytes while the block lasts."""
    (_SELF / "clear_refs").write_text("5")
    yield
    peaks[phase] = largest()


def _status(name: str) -> int:
    lines = (line.split(":", 1) for line in (_SELF / "status").read_text().splitlines())
    return int(dict(lines)[name].split()[0]) * 1024
