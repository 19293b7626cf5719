"""What a source would give, named by the content of its files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

READ_BYTES = 1 << 20


def files_fingerprint(files: Iterable[Path]) -> str:
    """Return a hash over names and bytes of files; the same for no files at all.

    Examples
    --------
    >>> len(files_fingerprint([]))
    32
    """
    content = hashlib.blake2b(digest_size=16)
    for file in files:
        content.update(f"{file.name}\0".encode())
        with file.open("rb") as stream:
            while some := stream.read(READ_BYTES):
                content.update(some)
        content.update(file.stat().st_size.to_bytes(8, "little"))
    return content.hexdigest()


def stamps_fingerprint(files: Iterable[Path]) -> str:
    """Return a hash over names, sizes and times of change of files: quick, where their content is hashed later.

    Examples
    --------
    >>> stamps_fingerprint([]) == stamps_fingerprint([Path("no such file")])
    False
    """
    stamps = hashlib.blake2b(digest_size=16)
    for file in files:
        stamp: tuple[int, ...] = ()
        # What is not there, or can be no file's name, is told of when the row is read.
        with suppress(OSError, ValueError):
            found = file.stat()
            stamp = (found.st_size, found.st_mtime_ns)
        stamps.update(f"{file}\0{stamp}\0".encode())
    return stamps.hexdigest()
