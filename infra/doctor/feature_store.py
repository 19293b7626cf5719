"""The feature store's place: a bucket, or a folder."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused, warning
from matsluice.infra.feature_store.store_files import S3_SCHEME, StoreFiles, files_of
from matsluice.infra.mistakes import Failed, InvalidInput

CONTENT = b"written by matsluice doctor"


def bucket_address(store: str) -> str:
    """Return the address of the server of a bucket, "" where the store is a folder."""
    if not store.startswith(S3_SCHEME):
        return ""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/") or f"https://s3.{region}.amazonaws.com"


def reachable(subject: Subject) -> Finding:
    """See that the place is there."""
    place = subject.store
    if not place or Path(place) == subject.workspace / "features":
        return unused("the feature store is in the workspace")
    try:
        files_of(place).check_usable()
    except (Failed, InvalidInput) as mistake:
        said, _, do = str(mistake).partition("; ")
        return failure(said, do or "name another place in features.store")
    return ok(place)


def write(subject: Subject) -> Finding:
    """Write, read back and delete a file."""
    if not subject.store or Path(subject.store) == subject.workspace / "features":
        return unused("the feature store is in the workspace")
    files, name = files_of(subject.store), f".doctor-{uuid4().hex}"
    try:
        files.write(name, pa.py_buffer(CONTENT))
        back = files.read(name).to_pybytes()
        files.delete(name)
        gone = _is_gone(files, name)
    except (Failed, OSError) as mistake:
        said, _, do = str(mistake).partition("; ")
        return failure(said, do or "have whoever keeps it give these keys the right to write and to delete")
    if back != CONTENT or not gone:
        return failure(
            "what is written is not what is read" if back != CONTENT else "what is deleted is still there",
            "it is no S3 as the store needs it: use another server",
        )
    return ok("written, read back, deleted")


def _is_gone(files: StoreFiles, name: str) -> bool:
    try:
        files.read(name)
    except FileNotFoundError:
        return True
    return False


def commits(subject: Subject) -> Finding:
    """Put an object twice where the second must be refused: two runs enter parts in one log that way."""
    if not subject.store.startswith(S3_SCHEME):
        return unused("the feature store is a folder")
    try:
        import boto3
    except ImportError:
        return unused("needs boto3: `pip install 'matsluice[servers]'`")
    bucket, _, prefix = subject.store.removeprefix(S3_SCHEME).partition("/")
    client = boto3.client("s3", endpoint_url=bucket_address(subject.store))
    refused = client.exceptions.ClientError
    key = f"{prefix}/.doctor-{uuid4().hex}".lstrip("/")
    try:
        client.put_object(Bucket=bucket, Key=key, Body=b"first", IfNoneMatch="*")
        try:
            client.put_object(Bucket=bucket, Key=key, Body=b"second", IfNoneMatch="*")
        except refused as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412):
                return ok("the second writer is refused")
            raise
        finally:
            client.delete_object(Bucket=bucket, Key=key)
    except refused as error:
        return warning(
            f"the server knows no conditional writes ({error.response['Error'].get('Code')})",
            "let one run at a time use this store, or use a server that knows them",
        )
    return failure(
        "the server takes the second writer for the first: two runs at once would lose entries of the log",
        "use a server that keeps If-None-Match (S3 itself, MinIO, Versity's gateway), or one run at a time",
    )
