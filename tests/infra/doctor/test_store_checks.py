"""A bucket that is not as the feature store needs it: a real S3 server, or one behind something that meddles."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import pytest

from matsluice.infra.doctor import Subject
from matsluice.infra.servers.ports import free_port

if TYPE_CHECKING:
    from tests.infra.doctor.conftest import Look, NotOk

NAMES = ("store.reachable", "store.write", "store.commits", "store.clock")
DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
OWN = {"host", "connection", "date", "server", "content-length", "transfer-encoding"}


class Between(BaseHTTPRequestHandler):
    """Hands requests on to an S3 server, and meddles."""

    protocol_version = "HTTP/1.1"
    port = 0
    meddling = ""

    def handle_one(self) -> None:
        body = self.body()
        if self.meddling == "deny" and self.command == "PUT":
            self.reply(403, {"Content-Type": "application/xml"}, DENIED)
            return
        headers = {name: text for name, text in self.headers.items() if name.lower() not in OWN}
        if self.meddling == "unconditional":
            headers = {name: text for name, text in headers.items() if name.lower() != "if-none-match"}
        behind = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        behind.request(self.command, self.path, body or None, headers)
        answer = behind.getresponse()
        content = answer.read()
        kept = {name: text for name, text in answer.getheaders() if name.lower() not in OWN}
        self.reply(answer.status, kept, content, answer.getheader("Content-Length"))
        behind.close()

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_one  # noqa: N815 - the names the library calls

    def reply(self, status: int, headers: dict[str, str], content: bytes, length: str | None = None) -> None:
        self.send_response_only(status)
        ahead = 4000 if self.meddling == "clock" else 0
        headers["Date"] = formatdate(time() + ahead, usegmt=True)
        headers["Content-Length"] = length if length and self.command == "HEAD" else str(len(content))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Print nothing."""


@pytest.fixture
def meddle(s3_endpoint: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """A function: put something that meddles between here and the bucket, and return the bucket."""
    with ExitStack() as servers:

        def start(how: str) -> str:
            kind = type(
                "Meddling", (Between,), {"port": int(s3_endpoint.rpartition(":")[2]), "meddling": how}
            )
            server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            servers.callback(thread.join)
            servers.callback(server.server_close)
            servers.callback(server.shutdown)
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
            return bucket

        yield start


@pytest.mark.parametrize("name", NAMES)
def test_a_bucket_in_order(look: Look, bucket: str, subject: Subject, name: str) -> None:
    found = look(name, replace(subject, store=f"{bucket}/some/prefix"))
    assert found.status == "ok", found


def test_meddling_that_does_nothing_is_not_seen(
    look: Look, meddle: Callable[[str], str], subject: Subject
) -> None:
    store = meddle("")
    for name in NAMES:
        found = look(name, replace(subject, store=store))
        assert found.status == "ok", found


def test_a_folder(look: Look, subject: Subject, tmp_path: Path) -> None:
    elsewhere = replace(subject, store=str(tmp_path / "store"))
    (tmp_path / "store").mkdir()
    assert [look(name, elsewhere).status for name in NAMES] == ["ok", "ok", "unused", "unused"]
    assert {look(name, subject).status for name in NAMES} == {"unused"}


def test_no_such_bucket(not_ok: NotOk, bucket: str, subject: Subject) -> None:
    assert bucket
    nowhere = replace(subject, store="s3://no-such-bucket/prefix")
    not_ok("store.reachable", nowhere, said="there is no such bucket", do="AWS_ACCESS_KEY_ID")


def test_a_server_that_is_gone(
    not_ok: NotOk, bucket: str, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    not_ok(
        "store.reachable",
        replace(subject, store=bucket),
        said="the server cannot be reached",
        do="AWS_ENDPOINT_URL",
    )


def test_keys_that_may_only_read(not_ok: NotOk, meddle: Callable[[str], str], subject: Subject) -> None:
    not_ok(
        "store.write",
        replace(subject, store=meddle("deny")),
        said="access is denied",
        do="AWS_SECRET_ACCESS_KEY",
    )


def test_a_server_without_conditional_writes(
    not_ok: NotOk, meddle: Callable[[str], str], subject: Subject
) -> None:
    not_ok(
        "store.commits",
        replace(subject, store=meddle("unconditional")),
        said="takes the second writer for the first",
        do="If-None-Match",
    )


def test_another_clock(not_ok: NotOk, meddle: Callable[[str], str], subject: Subject) -> None:
    not_ok(
        "store.clock",
        replace(subject, store=meddle("clock")),
        said=r"the bucket's clock is (4000|3999|4001) s ahead",
        do="NTP",
    )
