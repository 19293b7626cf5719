"""A provider that misbehaves in every way a network can: a small server on this machine plays it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from matsluice.infra.mistakes import Failed, Hindered, InvalidInput
from matsluice.tasks.ingest import provider
from matsluice.tasks.ingest.optimade_options import OptimadeOptions
from matsluice.tasks.ingest.source_batch import SourceBatch, read_source

Answer = tuple[int, dict[str, str], bytes]


class Provider:
    """Answers request by request, as told; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer | Callable[[str], Answer]] = []
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                answer = outer.answers.pop(0)
                status, headers, body = answer(self.path) if callable(answer) else answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setattr(provider, "LONGEST_WAIT_S", 0.01)
    there = Provider()
    thread = threading.Thread(target=there.server.serve_forever, args=(0.02,))
    thread.start()
    yield there
    there.server.shutdown()
    thread.join()
    there.server.server_close()


def entry(name: str, **attributes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "lattice_vectors": [[4, 0, 0], [0, 4, 0], [0, 0, 4]],
        "cartesian_site_positions": [[0, 0, 0], [2, 2, 2]],
        "species_at_sites": ["Cs", "Cl"],
        "species": [
            {"name": symbol, "chemical_symbols": [symbol], "concentration": [1.0]} for symbol in ("Cs", "Cl")
        ],
        "dimension_types": [1, 1, 1],
        "nperiodic_dimensions": 3,
        "structure_features": [],
    }
    return {"id": name, "type": "structures", "attributes": {**known, **attributes}}


def page(entries: list[Any], following: Any = None) -> Answer:
    body = {"data": entries, "links": {"next": following}, "meta": {"more_data_available": bool(following)}}
    return 200, {"Content-Type": "application/vnd.api+json"}, json.dumps(body).encode()


def trouble(status: int, detail: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, json.dumps({"errors": [{"title": "x", "detail": detail}]}).encode()


def read(there: Provider, targets: tuple[str, ...] = (), **keys: Any) -> list[SourceBatch]:
    return list(read_source("optimade", OptimadeOptions(url=there.url, **keys), targets))


def test_pages_are_followed_and_kept(answering: Provider, tmp_path: Path) -> None:
    answering.answers = [
        page(
            [entry("a", _x_gap=1.5), entry("b", _x_gap=None)],
            {"href": f"{answering.url}/v1/structures?page=2"},
        ),
        page([entry("c", _x_gap=True)], "/v1/structures?page=3"),
        page([entry("d")]),
    ]
    keys = {"filter": 'elements HAS "O"', "downloads": str(tmp_path / "d"), "page_limit": 2}
    (batch,) = read(answering, ("_x_gap",), **keys)
    assert batch.ids == ["a", "b", "c", "d"]
    assert batch.labels == {"_x_gap": ["1.5", "", "1", ""]}
    first, *rest = answering.asked
    assert first.startswith(
        "/v1/structures?filter=elements+HAS+%22O%22&response_format=json&response_fields=id%2Ctype%2Clattice"
    )
    assert "_x_gap" in first
    assert "page_limit=2" in first
    assert rest == ["/v1/structures?page=2", "/v1/structures?page=3"]
    # Nothing is left to answer, and nothing is asked.
    again = read(answering, ("_x_gap",), **keys)
    assert [one.ids for one in again] == [batch.ids]
    assert len(answering.asked) == 3


def test_a_run_that_is_taken_up_again_asks_for_what_is_missing(answering: Provider, tmp_path: Path) -> None:
    answering.answers = [page([entry("a")], "/v1/structures?page=2"), trouble(400, "gone")]
    with pytest.raises(InvalidInput, match=r"refuses the request \(status 400: gone\)"):
        read(answering, downloads=str(tmp_path))
    answering.answers = [page([entry("b")])]
    (batch,) = read(answering, downloads=str(tmp_path))
    assert batch.ids == ["a", "b"]
    assert answering.asked[1:] == ["/v1/structures?page=2"] * 2


def test_only_as_many_pages_are_asked_for_as_rows_are_wanted(answering: Provider) -> None:
    answering.answers = [page([entry("a"), entry("b")], "/v1/structures?page=2")]
    (batch,) = read(answering, limit=2)
    assert batch.ids == ["a", "b"]


@pytest.mark.parametrize(
    "passing",
    [trouble(429, Retry_After="0"), trouble(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), trouble(500)],
)
def test_what_passes_is_waited_for(answering: Provider, passing: Answer) -> None:
    answering.answers = [passing, passing, page([entry("a")])]
    (batch,) = read(answering)
    assert batch.ids == ["a"]
    assert len(answering.asked) == 3


def test_as_long_as_the_provider_asks(monkeypatch: pytest.MonkeyPatch, answering: Provider) -> None:
    waited: list[float] = []
    monkeypatch.setattr(provider, "LONGEST_WAIT_S", 120.0)
    monkeypatch.setattr(provider, "wait_for_stop", waited.append)
    answering.answers = [
        trouble(429, Retry_After="7"),
        trouble(503),
        trouble(429, Retry_After="9999"),
        page([entry("a")]),
    ]
    read(answering)
    assert waited == [7.0, 4.0, 120.0]


def test_what_does_not_pass_hinders(answering: Provider) -> None:
    answering.answers = [trouble(503, "down for maintenance")] * provider.TRIES
    with pytest.raises(Hindered, match=r"did not answer in 6 tries \(status 503: down for maintenance\)"):
        read(answering)
    closed = OptimadeOptions(url="http://127.0.0.1:9")
    with pytest.raises(Hindered, match="did not answer in 6 tries"):
        list(read_source("optimade", closed))


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([trouble(400, "'colour' is not a known or searchable quantity")], "400: 'colour' is not a known"),
        ([(404, {}, b"<html>")], r"refuses the request \(status 404\)"),
        (
            [(301, {"Location": "https://other.org/x?y=z"}, b"")],
            "has moved to https://other.org/x and is not",
        ),
        ([(200, {}, b"<html>")], "is no OPTIMADE endpoint: its answer is no JSON"),
        ([(200, {}, b'{"data": {}}')], "is no OPTIMADE endpoint"),
        ([page([])], "gives no structure: widen the filter"),
        ([page([entry("a")], "https://elsewhere.org/v1/structures")], "another origin and is not followed"),
        ([page([entry("a")], "file:///etc/passwd")], "another origin and is not followed"),
        ([page([entry("a")], "http://127.0.0.1:1/v1/structures")], "another origin and is not followed"),
    ],
)
def test_what_is_refused(
    answering: Provider, answers: list[Answer | Callable[[str], Answer]], sentence: str
) -> None:
    answering.answers = answers
    with pytest.raises(InvalidInput, match=sentence) as caught:
        read(answering)
    assert "\n" not in str(caught.value)


def test_pages_without_end(answering: Provider) -> None:
    answering.answers = [page([entry("a")], "/x?page=1"), page([entry("b")], "/x?page=1")]
    with pytest.raises(Failed, match="the one after page 2 came before"):
        read(answering)
    answering.answers = [page([], "/x?page=1")]
    with pytest.raises(Failed, match="page 1 is empty and not the last"):
        read(answering)


def test_a_page_that_is_too_large(answering: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "MOST_PAGE_BYTES", 100)
    answering.answers = [page([entry("a")])]
    with pytest.raises(
        InvalidInput, match="gives a page of more than 0 MiB: ask for smaller ones with page_limit"
    ):
        read(answering)


def test_entries_that_are_no_crystals_cost_their_row(answering: Provider) -> None:
    def species(**keys: Any) -> dict[str, Any]:
        one = {"name": "Cs", "chemical_symbols": ["Cs"], "concentration": [1.0], **keys}
        return {"species": [one], "species_at_sites": ["Cs", "Cs"]}

    cases: dict[str, Any] = {
        "fine": entry("fine", **species(mass=[132.9])),
        "disordered": entry("disordered", **species(chemical_symbols=["Cs", "K"], concentration=[0.5, 0.5])),
        "vacancy": entry("vacancy", **species(chemical_symbols=["Cs", "vacancy"], concentration=[0.9, 0.1])),
        "isotope": entry("isotope", **species(mass=[137.0])),
        "unknown element": entry("unknown element", **species(chemical_symbols=["X"])),
        "site attachments": entry("site attachments", **species(attached=["H"], nattached=[1])),
        "occupancy out of range": entry(
            "occupancy out of range", **species(chemical_symbols=["Cs", "K"], concentration=[0.9, 0.9])
        ),
        "assemblies": entry("assemblies", structure_features=["assemblies"]),
        "unknown positions": entry("unknown positions", structure_features=["unknown_positions"]),
        "not periodic": entry("not periodic", dimension_types=[1, 1, 0], nperiodic_dimensions=2),
        "no cell": entry("no cell", lattice_vectors=None),
        "not a structure": entry("not a structure", cartesian_site_positions=None),
        "wrong number of sites": entry("wrong number of sites", species_at_sites=["Cs"]),
        "overlapping sites": entry("overlapping sites", cartesian_site_positions=[[0, 0, 0], [0.1, 0, 0]]),
    }
    answering.answers = [page([*cases.values(), {"id": "no attributes"}, 7])]
    (batch,) = read(answering)
    assert batch.ids == [*cases, "no attributes", f"{answering.url[7:]}#{len(cases) + 2}"]
    assert batch.crystals is not None
    assert batch.crystals.rows.tolist() == [0, 1, 2]
    assert batch.crystals.batch.occupancies[-2:].tolist() == [0.9, 0.9]
    assert [why.reason for why in batch.refusals.values()] == [
        *list(cases)[3:],
        "not a structure",
        "not a structure",
    ]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://example.org", "no URL that begins with https"),
        ("example.org", "no URL that begins with https"),
        ("https://me:secret@example.org", "would be written into every record"),
        ("https://example.org?filter=x", "has a query"),
        ("https://example.org:x", "is no URL"),
    ],
)
def test_urls_that_are_none(url: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        OptimadeOptions(url=url)
