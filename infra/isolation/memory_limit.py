"""A bound on how much memory a piece of work may add to its process."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE_BYTES = resource.getpagesize()


@contextmanager
def at_most_more(extra_bytes: int) -> Iterator[None]:
    """Let the block's work add `extra_bytes` of address space to what the process has, and no more.

    Beyond that Python raises MemoryError; libraries that do not check their allocations end the process.
    The bound is the kernel's (RLIMIT_AS), so it costs nothing while it holds.

    Examples
    --------
    >>> with at_most_more(256 * 1024**2):
    ...     try:
    ...         _ = bytearray(512 * 1024**2)
    ...     except MemoryError:
    ...         print("refused")
    refused
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = _address_space_bytes() + extra_bytes
    if hard != resource.RLIM_INFINITY:
        allowed = min(allowed, hard)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * PAGE_BYTES
