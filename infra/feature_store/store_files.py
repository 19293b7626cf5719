"""Where a store's files stand: a folder or a bucket behind one small interface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from matsluice.infra.mistakes import Failed, InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

S3_SCHEME = "s3://"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a store.

    Attributes
    ----------
    name
        Relative to the store, with slashes.
    size
        Bytes.
    modified
        Seconds since 1970.
    """

    name: str
    size: int
    modified: float


class StoreFiles(Protocol):
    """What the store asks of the place its files stand in. Names are relative to the store, with slashes."""

    @property
    def kernel_locks(self) -> Path | None:
        """The folder in which locks of the kernel can stand, or None where there are none."""
        ...

    @property
    def delta_options(self) -> dict[str, str] | None:
        """What deltalake is told of this place."""
        ...

    def told(self, error: OSError) -> Failed:
        """Return the sentence for what went wrong here."""
        ...

    def check_usable(self) -> None:
        """Raise Failed where the place cannot be used; make nothing."""
        ...

    def address(self, name: str) -> str:
        """Return the path or URI of a file or folder."""
        ...

    def listing(self, folder: str) -> list[StoredFile]:
        """Return every file below a folder, sorted by name; none where there is no such folder."""
        ...

    def read(self, name: str) -> pa.Buffer:
        """Return a file's bytes; FileNotFoundError where it is gone."""
        ...

    def open(self, name: str) -> pa.NativeFile:
        """Return a file to read parts of."""
        ...

    def write(self, name: str, content: pa.Buffer) -> None:
        """Write a file that is there whole or not at all, also after a power cut.

        Raises
        ------
        Failed
            There is no room or no permission.
        """
        ...

    def delete(self, name: str) -> None:
        """Delete a file; one that is gone already is none the worse."""
        ...

    def set_aside(self, folder: str, new: str) -> None:
        """Give a folder another name; nothing happens where it is gone already."""
        ...


def inside(name: str) -> str:
    """Return the name of a file of a store, which stands below the store's folder.

    A log is written by whoever may write to the store; a name in it must not lead to other files.

    Raises
    ------
    Failed
        It leads out of the store.

    Examples
    --------
    >>> inside("block/version=1/part-0a.parquet")
    'block/version=1/part-0a.parquet'
    >>> inside("block/version=1/../../../keys")
    Traceback (most recent call last):
        ...
    matsluice.infra.mistakes.Failed: the feature store names a file outside of itself, "block.../keys"...
    """
    if name.startswith("/") or ".." in name.split("/") or "\0" in name:
        raise Failed(
            f'the feature store names a file outside of itself, "{name}": something else than matsluice has written '
            "to its log; look at who may write there, and move the block's _delta_log away: it is made anew"
        )
    return name


def files_of(root: Path | str) -> StoreFiles:
    """Return the files of the store at a folder or an ``s3://bucket/prefix``.

    Raises
    ------
    InvalidInput
        Another scheme than s3, or no bucket.
    """
    from matsluice.infra.feature_store.local_files import LocalFiles
    from matsluice.infra.feature_store.s3_files import S3Files

    if isinstance(root, Path) or "://" not in root:
        # pyright reads this file under two names, as `infra` and as `matsluice.infra`, and finds two `StoredFile`.
        return LocalFiles(Path(root))  # pyright: ignore[reportReturnType]
    bucket = root.removeprefix(S3_SCHEME).partition("/")[0]
    if not root.startswith(S3_SCHEME) or not bucket:
        raise InvalidInput(f'feature store "{root}" is neither a folder nor "s3://bucket/prefix": name one')
    return S3Files(root.rstrip("/"))  # pyright: ignore[reportReturnType]
