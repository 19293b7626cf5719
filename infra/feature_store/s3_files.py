"""A store in a bucket. An object appears whole or not at all; credentials and endpoint come from the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.feature_store.store_files import S3_SCHEME, StoredFile, inside
from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.fs import S3FileSystem

# Seconds until a server that does not answer is given up; the client repeats some times.
CONNECT_S, REQUEST_S = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class S3Files:
    """Objects below ``s3://bucket/prefix``."""

    root: str

    @property
    def kernel_locks(self) -> Path | None:
        """None: a bucket has no locks, so two runs at once may compute a row twice, which is harmless."""
        return None

    @property
    def delta_options(self) -> dict[str, str] | None:
        """Leave to the environment what it says; deltalake commits with a conditional put."""
        plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        return {"AWS_ALLOW_HTTP": "true"} if plain else None

    def told(self, error: OSError) -> Failed:
        """Return the sentence for a bucket that does not answer as it should."""
        said = " ".join(str(error).split())
        causes = (cause for sign, cause in _CAUSES.items() if sign.lower() in said.lower())
        return Failed(
            f"feature store {self.root} cannot be used: {next(causes, said[:300])}; credentials and endpoint are "
            "read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL: mend them, "
            "then run the same command"
        )

    def check_usable(self) -> None:
        """Raise Failed where the bucket cannot be reached."""
        from pyarrow.fs import FileType

        bucket = self.root.removeprefix(S3_SCHEME).partition("/")[0]
        with _told(self):
            if _file_system().get_file_info(bucket).type == FileType.NotFound:
                raise self.told(OSError("NoSuchBucket"))

    def address(self, name: str) -> str:
        """Return the URI."""
        return f"{self.root}/{name}"

    def listing(self, folder: str) -> list[StoredFile]:
        """Return every object below a prefix."""
        from pyarrow.fs import FileSelector, FileType

        with _told(self):
            selector = FileSelector(self._key(folder), recursive=True, allow_not_found=True)
            infos = _file_system().get_file_info(selector)
        start = len(self._key(""))
        return sorted(
            (
                StoredFile(info.path[start:], info.size, info.mtime.timestamp() if info.mtime else 0.0)
                for info in infos
                if info.type == FileType.File
            ),
            key=lambda file: file.name,
        )

    def read(self, name: str) -> pa.Buffer:
        """Return an object's bytes."""
        with _told(self), _file_system().open_input_file(self._key(name)) as file:
            return file.read_buffer()

    def open(self, name: str) -> pa.NativeFile:
        """Return an object to read parts of."""
        with _told(self):
            return _file_system().open_input_file(self._key(name))

    def write(self, name: str, content: pa.Buffer) -> None:
        """Write an object."""
        with _told(self):
            stream = _file_system().open_output_stream(self._key(name))
            # Not in a `with`: closing is what makes the object appear, so a failed write must not close.
            stream.write(content)
            stream.close()

    def delete(self, name: str) -> None:
        """Delete an object."""
        with _told(self), suppress(FileNotFoundError):
            _file_system().delete_file(self._key(name))

    def set_aside(self, folder: str, new: str) -> None:
        """Copy the objects below a prefix to another, then delete them."""
        for file in self.listing(folder):
            with _told(self):
                target = new + file.name.removeprefix(folder)
                _file_system().copy_file(self._key(file.name), self._key(target))
            self.delete(file.name)

    def _key(self, name: str) -> str:
        return f"{self.root.removeprefix(S3_SCHEME)}/{inside(name)}"


def _file_system() -> S3FileSystem:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "")
    return _connected(
        os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/"), region, os.environ.get("AWS_ACCESS_KEY_ID", "")
    )


@lru_cache(maxsize=4)
def _connected(endpoint: str, region: str, _access_key: str) -> S3FileSystem:
    from pyarrow.fs import S3FileSystem

    scheme, _, host = endpoint.rpartition("://")
    options = {"endpoint_override": host, "scheme": scheme or "https"} if host else {}
    if region:
        options["region"] = region
    return S3FileSystem(
        connect_timeout=CONNECT_S, request_timeout=REQUEST_S, allow_delayed_open=True, **options
    )


@contextmanager
def _told(files: S3Files) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise files.told(error) from error


# What the two clients say, and what it means.
_CAUSES = {
    "NO_SUCH_BUCKET": "there is no such bucket",
    "NoSuchBucket": "there is no such bucket",
    "ACCESS_DENIED": "access is denied",
    "AccessDenied": "access is denied",
    "InvalidAccessKeyId": "the access key is not known there",
    "INVALID_ACCESS_KEY_ID": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key does not fit the access key",
    "SIGNATURE_DOES_NOT_MATCH": "the secret key does not fit the access key",
    "NETWORK_CONNECTION": "the server cannot be reached",
    "Connection refused": "the server cannot be reached",
    "error sending request": "the server cannot be reached",
    "169.254.169.254": "there are no credentials",
}
