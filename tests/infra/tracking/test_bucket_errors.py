"""What a bucket's client raises, by a real client and a real server, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from matsluice.infra.mistakes import Hindered
from matsluice.infra.servers.ports import free_port
from matsluice.infra.tracking.away import Away, once
from matsluice.infra.tracking.bucket_errors import is_of_bucket

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")


def client() -> Any:
    return boto3.session.Session().client("s3", config=boto3.session.Config(retries={"max_attempts": 1}))


def put(bucket: str) -> None:
    once(
        lambda: client().put_object(Bucket=bucket.removeprefix("s3://"), Key="a", Body=b"a"),
        "log a file",
        "http://127.0.0.1:5000",
    )


def test_a_bucket_that_takes_it(bucket: str) -> None:
    put(bucket)


def test_no_such_bucket(bucket: str) -> None:
    assert bucket
    with pytest.raises(Hindered, match=r"^cannot log a file \(.*\): there is no such bucket: have it made"):
        put("nowhere-at-all")


def test_a_server_that_is_gone_may_come_back(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Away, match="the bucket's server does not answer"):
        put(bucket)


def test_no_keys(bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(Hindered, match="there are no keys: set AWS_ACCESS_KEY_ID"):
        put(bucket)


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId"])
def test_keys_that_do_not_fit(bucket: str, code: str) -> None:
    refused = client().exceptions.ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")
    assert bucket

    def refuse() -> None:
        raise RuntimeError("while logging") from refused

    assert is_of_bucket(refused)
    with pytest.raises(RuntimeError):  # what is not the bucket's own is nobody's mistake but ours
        once(refuse, "log a file", "")

    def refuse_plainly() -> None:
        raise refused

    with pytest.raises(Hindered, match="does not accept the keys: set AWS_ACCESS_KEY_ID"):
        once(refuse_plainly, "log a file", "")
