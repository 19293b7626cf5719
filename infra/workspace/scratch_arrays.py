"""Arrays over all rows of a campaign, in nameless files: the kernel may take their memory when it is short."""

from __future__ import annotations

import mmap
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.disk_faults import naming_file

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

# Rows that are worked on at a time where an array is made from another: some megabytes.
STEP_ROWS = 1 << 16
_FIRST_CAPACITY = 1 << 12


def scratch_array(shape: int | tuple[int, ...], dtype: DTypeLike, folder: Path | None) -> NDArray[Any]:
    """Return an array of zeros that takes disk in place of memory, and is gone with its last user.

    Parameters
    ----------
    shape, dtype
        Of the array.
    folder
        A folder on the disk that has the room; None for an array in memory.

    Raises
    ------
    OSError
        There is no room.

    Examples
    --------
    >>> scratch_array((2, 2), np.int64, Path(tempfile.gettempdir())).tolist()
    [[0, 0], [0, 0]]
    """
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if folder is None or not size:
        return np.zeros(shape, dtype)
    with naming_file(folder), tempfile.TemporaryFile(dir=folder) as file:
        # All the room now: a mapped page for which there is none later would end the process.
        os.posix_fallocate(file.fileno(), 0, size)
        return np.frombuffer(mmap.mmap(file.fileno(), size), dtype).reshape(shape)


def picked(array: NDArray[Any], places: NDArray[np.int64], folder: Path | None) -> NDArray[Any]:
    """Return the lines of an array (n, …) at some places (m,), as a scratch array (m, …)."""
    lines = scratch_array((len(places), *array.shape[1:]), array.dtype, folder)
    for start in range(0, len(places), STEP_ROWS):
        here = slice(start, start + STEP_ROWS)
        lines[here] = array[places[here]]
    return lines


def let_go_of_pages(array: NDArray[Any]) -> None:
    """Take the pages of a mapped file out of this process; what was written stays in the file.

    Otherwise a matrix of many gigabytes counts, page by page, as this process's memory.
    """
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
    if base is not None:
        base.madvise(mmap.MADV_DONTNEED)


class GrowingArray:
    """An array (n,) in a file without a name, to which values are added at the end.

    Parameters
    ----------
    dtype
        Of the values.
    folder
        A folder on the disk that has the room.

    Examples
    --------
    >>> growing = GrowingArray(np.int64, Path(tempfile.gettempdir()))
    >>> growing.extend(np.arange(3))
    >>> growing.values.tolist()
    [0, 1, 2]
    """

    def __init__(self, dtype: DTypeLike, folder: Path) -> None:
        self._dtype, self._folder, self._length = np.dtype(dtype), folder, 0
        self._array = scratch_array(_FIRST_CAPACITY, dtype, folder)

    def __len__(self) -> int:
        """Return how many values there are."""
        return self._length

    @property
    def values(self) -> NDArray[Any]:
        """The values, to read and to change until the next are added."""
        return self._array[: self._length]

    def extend(self, values: NDArray[Any]) -> None:
        """Add values at the end."""
        stop = self._length + len(values)
        if stop > len(self._array):
            larger = scratch_array(max(stop, 2 * len(self._array)), self._dtype, self._folder)
            for start in range(0, self._length, STEP_ROWS):
                here = slice(start, min(start + STEP_ROWS, self._length))
                larger[here] = self._array[here]
            self._array = larger
        self._array[self._length : stop] = values
        self._length = stop
