"""Arrays on disk, opened by one thread after the other.

NumPy reads the head of a file with `ast.literal_eval`. Python 3.11 counts the depth of syntax trees in one place for
all threads: where garbage is collected while one is built, and another thread builds one meanwhile, the first ends with
"SystemError: AST constructor recursion depth mismatch". Tasks of a flow read at once, and so do threads of a worker.
From Python 3.12 on nothing is collected there.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

_turn = threading.Lock()


def read_array(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Return the array of a .npy file."""
    with _turn:
        return np.asarray(np.load(path))


def mapped_array(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Return the array of a .npy file, mapped and not read; it cannot be written to."""
    with _turn:
        mapped: NDArray[Any] = np.load(path, mmap_mode="r")
        return mapped


def read_arrays(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Return all arrays of a .npz file by name.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "rows.npz"
    >>> np.savez(file, row=np.arange(2))
    >>> read_arrays(file)
    {'row': array([0, 1])}
    """
    with _turn, np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}
