"""Files that are there whole or not at all, whatever kills the process that writes them."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from matsluice.infra.workspace.disk_faults import naming_file

if TYPE_CHECKING:
    from numpy.typing import NDArray


TEMPORARY = re.compile(r"\.(?P<name>.+)\.(?P<host>[^.]+)\.(?P<pid>\d+)\.[0-9a-f]{8}\.part$")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` and rename it to `path` when the block ends well.

    Parameters
    ----------
    path
        Where the file shall stand. Its folder is made if it is missing.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "folder" / "a.txt"
    >>> with written_whole(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    # Host and process, so that what a killed writer leaves can be told from what is being written.
    temporary = path.with_name(f".{path.name}.{host_word()}.{os.getpid()}.{uuid4().hex[:8]}.part")
    with naming_file(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            _flush(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def delete_halves(folder: Path) -> None:
    """Delete what other processes, which are gone, have left of files they were writing in the folder."""
    for path in folder.glob(".*.part"):
        temporary = TEMPORARY.match(path.name)
        if temporary is not None and int(temporary["pid"]) != os.getpid():
            path.unlink(missing_ok=True)


def host_word() -> str:
    """Return this machine's name as it stands in the names of temporary files."""
    return re.sub(r"[^A-Za-z0-9-]", "_", socket.gethostname())


def _flush(path: Path) -> None:
    # Without it a power cut can leave the new name on an empty file.
    with path.open("rb") as file:
        os.fsync(file.fileno())


def take_room(path: Path) -> None:
    """Give every byte of a file its place on the disk, now.

    A mapped file has none until it is written to, and where the disk is full by then the kernel ends the process.

    Raises
    ------
    OSError
        There is no room.
    """
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, path.stat().st_size))


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array as .npy, whole or not at all; whoever has the old file mapped keeps the old one."""
    import numpy as np

    with written_whole(path) as temporary, temporary.open("wb") as file:
        np.save(file, array)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented JSON, whole or not at all; NaN is refused, since JSON has none."""
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Return what `write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))
