"""A store in a folder: a local disk, or a POSIX file system that machines share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from matsluice.infra.feature_store.store_files import StoredFile, inside
from matsluice.infra.mistakes import Failed
from matsluice.infra.workspace.atomic_files import written_whole

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """Files below a folder."""

    root: Path

    @property
    def kernel_locks(self) -> Path | None:
        """The store's own folder."""
        return self.root

    @property
    def delta_options(self) -> dict[str, str] | None:
        """Ask for commits by renaming where the file system has no hard links.

        A link fails where the name is taken, so of two commits at once one is repeated. A rename does not;
        there `delta_log` lets one process at a time commit.
        """
        return (
            None if not self.root.is_dir() or has_hard_links(self.root) else {"allow_unsafe_rename": "true"}
        )

    def told(self, error: OSError) -> Failed:
        """Return the sentence for a full disk, a missing permission and the like."""
        return Failed(
            f"feature store {self.root} cannot be used ({error.strerror or error}): make room or mend the "
            "permissions, then run the same command, which goes on from what is there"
        )

    def check_usable(self) -> None:
        """Raise Failed where the folder cannot be made or written."""
        existing = next(path for path in (self.root, *self.root.absolute().parents) if os.path.lexists(path))
        if not existing.is_dir():
            raise Failed(f"feature store {self.root}: {existing} is not a folder; name another")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise Failed(f"feature store {self.root} cannot be written: no permission in {existing}")

    def address(self, name: str) -> str:
        """Return the path."""
        return str(self.root / inside(name))

    def listing(self, folder: str) -> list[StoredFile]:
        """Return every file below a folder."""
        found = []
        for where, _, names in os.walk(self.root / inside(folder)):
            for name in names:
                path = Path(where, name)
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                relative = path.relative_to(self.root).as_posix()
                found.append(StoredFile(relative, status.st_size, status.st_mtime))
        return sorted(found, key=lambda file: file.name)

    def read(self, name: str) -> pa.Buffer:
        """Return a file's bytes."""
        import pyarrow as pa

        try:
            return pa.py_buffer((self.root / inside(name)).read_bytes())
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self.told(error) from error

    def open(self, name: str) -> pa.NativeFile:
        """Return a file to read parts of."""
        import pyarrow as pa

        return pa.OSFile(str(self.root / inside(name)))

    def write(self, name: str, content: pa.Buffer) -> None:
        """Write, flush, rename within the folder, flush the folder."""
        path = self.root / inside(name)
        try:
            with written_whole(path) as temporary:
                temporary.write_bytes(content)
            _flush_folder(path.parent)
        except OSError as error:
            raise self.told(error) from error

    def delete(self, name: str) -> None:
        """Delete a file."""
        try:
            (self.root / inside(name)).unlink(missing_ok=True)
        except OSError as error:
            raise self.told(error) from error

    def set_aside(self, folder: str, new: str) -> None:
        """Rename a folder."""
        try:
            (self.root / inside(folder)).rename(self.root / inside(new))
        except FileNotFoundError:
            return
        except OSError as error:
            raise self.told(error) from error


def _flush_folder(folder: Path) -> None:
    # A rename is on the disk when its folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some shared file systems cannot flush a folder; a part that a power cut takes is computed again.
        return
    finally:
        os.close(descriptor)


@lru_cache(maxsize=16)
def has_hard_links(folder: Path) -> bool:
    """Return whether files of a folder can have two names; True where nothing can be written anyway."""
    one, other = (folder / f".link.{os.getpid()}.{uuid4().hex[:8]}" for _ in range(2))
    try:
        one.touch(exist_ok=False)
    except OSError:
        return True
    try:
        os.link(one, other)
    except OSError:
        return False
    finally:
        one.unlink(missing_ok=True)
        other.unlink(missing_ok=True)
    return True
