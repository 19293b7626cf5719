"""Results kept by what they were made from, so that a later run that would make the same takes them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from matsluice.infra.workspace.atomic_files import written_whole

READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """A folder of results, each under the key of what it was made from and the digest of its own bytes.

    Files are hard links where the disk allows it, so keeping costs no room while the original stands.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> made = folder / "made.txt"
    >>> _ = made.write_text("a fit")
    >>> kept = KeptFiles(folder / "kept")
    >>> kept.keep("key", made)
    >>> kept.recall("key", folder / "again.txt"), (folder / "again.txt").read_text()
    (True, 'a fit')
    >>> kept.recall("another", folder / "other.txt")
    False
    """

    folder: Path

    def keep(self, key: str, source: Path) -> None:
        """Keep a file, which is never written to again."""
        if self._found(key) is not None:
            return
        with written_whole(self.folder / f"{key}.{_digest(source)}") as temporary:
            _link(source, temporary)

    def recall(self, key: str, target: Path) -> bool:
        """Put what was kept under a key in its place, and return whether there was any; a damaged file is dropped."""
        kept = self._found(key)
        if kept is None:
            return False
        if _digest(kept) != kept.name.partition(".")[2]:
            kept.unlink(missing_ok=True)
            return False
        with written_whole(target) as temporary:
            _link(kept, temporary)
        return True

    def drop_others(self, keys: Collection[str]) -> None:
        """Delete what is kept under other keys than these."""
        for path in self.folder.glob("*"):
            if path.name.partition(".")[0] not in keys:
                path.unlink(missing_ok=True)

    def _found(self, key: str) -> Path | None:
        return next(self.folder.glob(f"{key}.*"), None)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without hard links
        shutil.copyfile(source, target)


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=12)
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
