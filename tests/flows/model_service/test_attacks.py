"""What a service answers to those who do not mean well: 4xx with the reason, and it goes on."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CIF = Path(__file__).with_name("rock_salt.cif").read_text()


@pytest.fixture(autouse=True)
def _nothing_breaks(gaps: Any) -> Iterator[None]:
    """After every attack the service answers, and nothing unforeseen has happened."""
    yield
    assert gaps.predict("NaCl")[0]["reason"] is None
    assert gaps.said == []


def nested(depth: int) -> str:
    return '{"materials": [' + "[" * depth + "]" * depth + "]}"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("", 400, "not JSON"),
        ("{", 400, "not JSON"),
        (b"\xff\xfe{}", 400, "not JSON"),
        (b"\xef\xbb\xbf{}", 400, "not JSON"),
        ('{"materials": [NaN]}', 400, "not JSON"),
        ('{"materials": [{"a": -Infinity}]}', 400, "not JSON"),
        ('{"materials": [' + "9" * 5000 + "]}", 400, "not JSON"),
        (nested(40_000), 400, "not JSON"),
        ('{"a": ' * 15_000, 400, "not JSON"),
        ('{"materials": ["NaCl"], "materials": ["KBr"]}', 400, "not JSON"),
        ('{"materials": [{"a": 1, "a": 2}]}', 400, "not JSON"),
        ("[]", 422, "another form"),
        ("null", 422, "another form"),
        ("{}", 422, "another form"),
        ('{"material": "NaCl"}', 422, "another form"),
        ('{"materials": "NaCl"}', 422, "another form"),
        ('{"materials": null}', 422, "another form"),
        ('{"materials": [1e999]}', 422, "another form"),
        ('{"materials": ["NaCl", null]}', 422, "another form"),
        ('{"materials": ["NaCl", true]}', 422, "another form"),
        ('{"materials": [["NaCl"]]}', 422, "another form"),
        ('{"materials": ["NaCl"], "model": "other"}', 422, "another form"),
        ('{"materials": []}', 422, "batch size"),
        (json.dumps({"materials": ["NaCl"] * 51}), 422, "batch size"),
        (json.dumps({"materials": ["N" * 10_000_000]}), 413, "body too large"),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, str | bytes) else str(value),
)
def test_a_request_of_another_form(gaps: Any, body: Any, status: int, error: str) -> None:
    answer = gaps("/predict", body)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json) == {"error", "detail"}
    assert len(answer.json["detail"]) < 400


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("", ""),
        ("N" * 1001, "too long"),
        ("Na" + "(" * 900, ""),
        ("Na1e999", ""),
        ("Na0." + "0" * 900 + "1Cl", ""),
        ("Na\x00Cl", ""),
        ("NaСl", ""),  # noqa: RUF001 - a Cyrillic letter is the attack
        ("\ud800", ""),
        ("🜔", ""),
        ("../../etc/passwd", ""),
        ("file:///etc/passwd", ""),
        ("{{7*7}}", ""),
        ("' OR 1=1 --", ""),
        (base64.b64encode(pickle.dumps({"a": print})).decode(), ""),
        ("data_\nloop_\n_a\n" + "1\n" * 2000, ""),
        ("[" * 5000, ""),
        ('{"a": ' * 5000, ""),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_material_that_is_none(gaps: Any, formula: str, reason: str) -> None:
    before, row, after = gaps.predict("NaCl", formula, "NaCl")
    assert row["prediction"] is None
    assert row["reason"].startswith(reason)
    assert ": " in row["reason"]
    assert len(row["reason"]) < 500
    assert before == after
    assert before["reason"] is None


def test_odd_formulas_that_are_formulas(gaps: Any) -> None:
    plain, nested_deep, large = gaps.predict("NaCl", "(" * 300 + "Na" + ")" * 300 + "Cl", "Na" + "9" * 900)
    assert nested_deep == plain
    assert large["reason"] is None


def structure(**changed: Any) -> dict[str, Any]:
    site = {"species": [{"element": "Na", "occu": 1}], "abc": [0.0, 0.0, 0.0]}
    whole = {"lattice": {"matrix": [[3.0, 0, 0], [0, 3.0, 0], [0, 0, 3.0]]}, "sites": [site]}
    return {**whole, **changed}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"@class": "os.system", "command": "true"},
        {"@module": "subprocess", "@class": "Popen", "args": ["true"]},
        structure(lattice={"matrix": [[10**400, 0, 0], [0, 3, 0], [0, 0, 3]]}),
        structure(lattice={"matrix": [[1e300, 0, 0], [0, 1e300, 0], [0, 0, 1e300]]}),
        structure(lattice={"matrix": [[0, 0, 0]] * 3}),
        structure(lattice={"matrix": "abc"}),
        structure(lattice=None),
        structure(sites=None),
        structure(sites=[None]),
        structure(sites=[{"species": [{"element": "Na", "occu": -1}], "abc": [0, 0, 0]}]),
        structure(sites=[{"species": [{"element": "\ud800", "occu": 1}], "abc": [0, 0, 0]}]),
        structure(sites=[{"species": [{"element": "Na", "occu": 1}], "abc": [10**400, 0, 0]}]),
        CIF.replace("5.64", "1e300"),
        CIF.replace("5.64", "nan"),
        CIF.replace("F m -3 m", "Q 17"),
        CIF + "\ud800",
        CIF + "\x00" * 50,
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_structure_that_is_none(gaps: Any, given: Any) -> None:
    before, row, after = gaps.predict("NaCl", given, "NaCl")
    assert row["prediction"] is None
    assert ": " in row["reason"]
    assert before == after


def test_too_many_atoms(gaps: Any) -> None:
    sites = "".join(f"Na {i / 1300:.6f} 0 0\n" for i in range(1300))
    (row,) = gaps.predict(CIF.replace("F m -3 m", "P 1").replace("Na 0 0 0\n", sites))
    assert row["reason"] == "too many atoms: the cell has 1301 sites, at most 1000 are computed"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-python-pickle"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Encoding": "identity"}, 200),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_headers(gaps: Any, headers: dict[str, str], status: int) -> None:
    body = json.dumps({"materials": ["NaCl"]}).encode()
    packed = gzip.compress(b"\0" * 50_000_000) if headers.get("Content-Encoding") == "gzip" else body
    assert gaps("/predict", packed, headers=headers).status == status


def test_paths_and_methods(gaps: Any) -> None:
    lost = gaps("/predcit")
    assert (lost.status, lost.json["error"]) == (404, "unknown path")
    assert "/predict, /model, /health, /metrics, /docs" in lost.json["detail"]
    for path in ("/predict/", "//", "/docs/..%2f..%2fetc/passwd", "/%00", "/%0aGET"):
        assert gaps(path).status == 404
    for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"):
        wrong = gaps("/predict", method=method)
        assert wrong.status == 405
        assert wrong.headers["allow"] == "POST"
    assert gaps("/health", "{}", method="POST").json["error"] == "other method"


HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = b'{"materials": ["NaCl"]}'


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_http_of_1996(gaps: Any) -> None:
    head = HEAD.replace(b"1.1", b"1.0") + b"Content-Length: %d\r\n\r\n" % len(BODY)
    answer = gaps.raw(head + BODY)
    assert status_of(answer) == 200
    assert b'"reason": null' in answer


def test_a_body_in_pieces(gaps: Any) -> None:
    head = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [b"%x\r\n%s\r\n" % (1, BODY[i : i + 1]) for i in range(len(BODY))]
    assert status_of(gaps.raw(head, *pieces, b"0\r\n\r\n", pause_s=0.01)) == 200
    # Bytes are counted as they come, whatever is or is not said of them.
    flood = b"%x\r\n%s\r\n" % (60_000, b" " * 60_000)
    assert status_of(gaps.raw(head, *[flood] * 2, b"0\r\n\r\n")) == 413
    # Beyond some patience the sender is cut off, and sees the reason or a reset.
    answer = gaps.raw(head, *[flood] * 2000)
    assert not answer or status_of(answer) == 413


def test_a_body_that_does_not_come(gaps: Any) -> None:
    began = time.monotonic()
    answer = gaps.raw(HEAD + b"Content-Length: 50\r\n\r\n", b"{")
    assert status_of(answer) == 408
    assert time.monotonic() - began < 30
    # One that goes away in the middle of its body is forgotten.
    with socket.create_connection(("127.0.0.1", gaps.port)) as line:
        line.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")


@pytest.mark.parametrize(
    "line",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=range(6),
)
def test_what_is_no_http(gaps: Any, line: bytes) -> None:
    answer = gaps.raw(line)
    assert status_of(answer) == 400
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "not HTTP"


def test_smuggled_requests_are_not_answered(gaps: Any) -> None:
    both = (
        HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /model HTTP/1.1\r\n\r\n"
    )
    assert gaps.raw(both).count(b"HTTP/1.1 200") == 0
