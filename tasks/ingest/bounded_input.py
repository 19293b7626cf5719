"""Files read within bounds: whatever they unpack to, and however long their lines are, memory and time are not filled.

A packed file of some kilobytes can hold gigabytes of nothing, and a file from somebody else may be made so.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

# Deflate packs nothing but zeros 1032 times (doi:10.17487/RFC1951); tables, CIFs and vasprun.xml 3 to 50 times.
MOST_RATIO: Final = 250
# Bytes; below it the ratio says nothing, and nothing is filled.
RATIO_HOLDS_FROM: Final = 16 * 1024**2
# Bytes unpacked from a file that is read line by line: ten million structures of some kilobytes each.
MOST_STREAMED_BYTES: Final = 64 * 1024**3
# Bytes of a file that is held whole in memory; the largest structures known take some megabytes.
MOST_TEXT_BYTES: Final = 256 * 1024**2
# Bytes of a file that is held whole and may hold many structures, or the wave functions of one.
MOST_LISTED_BYTES: Final = 2 * 1024**3
# Bytes. A structure of 50,000 sites on one line of JSON takes some 10 MB.
LONGEST_LINE: Final = 16 * 1024**2

_PACKED: Final = b"\x1f\x8b"


class NotReadable(Exception):  # noqa: N818 - it is said about the file, which is what is at fault
    """Why a file is not read on, as a sentence that the file's name stands before.

    `is_access` says whether the system does not give it at all.
    """

    def __init__(self, why: str, *, is_access: bool = False) -> None:
        super().__init__(why)
        self.is_access = is_access


@contextmanager
def opened(file: Path) -> Iterator[io.BufferedReader[Any]]:
    """Give a file's bytes, unpacked where its name ends in .gz.

    Raises
    ------
    NotReadable
        It cannot be read, is no whole gzip file, is packed twice, or unpacks to more than is bearable.
    """
    try:
        with file.open("rb") as packed:
            raw: io.RawIOBase | None = _Unpacked(packed) if file.suffix == ".gz" else None
            stream: io.BufferedReader[Any] = packed if raw is None else io.BufferedReader(raw, 1 << 20)
            if raw is not None and stream.peek(2)[:2] == _PACKED:
                raise NotReadable("packed twice; unpack it once")
            yield stream
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise NotReadable(f"not a whole gzip file ({error})") from None
    except OSError as error:
        raise NotReadable(f"cannot be read: {error.strerror or error}", is_access=True) from None


def bounded_bytes(file: Path, most: int = MOST_TEXT_BYTES) -> bytes:
    """Return all that a file holds, unpacked.

    Raises
    ------
    NotReadable
        As `opened`, or it holds more than `most` bytes.
    """
    with opened(file) as stream:
        held = stream.read(most + 1)
    if len(held) > most:
        raise NotReadable(f"holds more than {most >> 20} MiB; split it")
    return held


def bounded_lines(file: Path) -> Iterator[bytes]:
    """Give a file's lines, unpacked, with their ends.

    Raises
    ------
    NotReadable
        As `opened`, or a line is longer than `LONGEST_LINE`.
    """
    number = 0
    with opened(file) as stream:
        while line := stream.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise NotReadable(f"line {number} is longer than {LONGEST_LINE >> 20} MiB; break it")
            yield line


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, as long as it stays within the bounds."""

    def __init__(self, packed: Any) -> None:
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed)
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # All that stands before damage is given, and the damage is told at its place.
        some = self._stream.read1(len(buffer))
        buffer[: len(some)] = some
        self._given += len(some)
        if self._given > RATIO_HOLDS_FROM and self._given > MOST_RATIO * self._packed.tell():
            raise NotReadable(
                f"unpacks to more than {MOST_RATIO} times its size, as no table or structure does; unpack it yourself"
            )
        if self._given > MOST_STREAMED_BYTES:
            raise NotReadable(f"unpacks to more than {MOST_STREAMED_BYTES >> 30} GiB; split it")
        return len(some)
