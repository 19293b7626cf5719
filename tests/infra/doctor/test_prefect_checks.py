from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from email.utils import formatdate
from importlib.metadata import version
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import pytest

from matsluice.infra.doctor import Subject
from matsluice.infra.servers.ports import free_port
from matsluice.infra.servers.prefect_settings import prefect_folder

if TYPE_CHECKING:
    from tests.infra.doctor.conftest import Look, NotOk, Route

    Serve = Callable[[Mapping[str, Route]], str]

OF_A_SERVER = ("reachable", "access", "version", "speed", "clock")


@pytest.fixture
def named(
    serve: Serve, route: type[Route], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Mapping[str, Route]], None]:
    """A function: name a server in the environment that is in order, but for some paths."""

    def start(changes: Mapping[str, Route]) -> None:
        routes = {
            "/api/health": route(text="true"),
            "/api/admin/version": route(text=f'"{version("prefect")}"'),
            **changes,
        }
        monkeypatch.setenv("PREFECT_API_URL", serve(routes) + "/api")

    return start


Named = Callable[[Mapping[str, "Route"]], None]


@pytest.mark.parametrize("name", OF_A_SERVER)
def test_a_server_in_order(look: Look, named: Named, name: str) -> None:
    named({})
    assert look(f"prefect.{name}").status == "ok"


def test_no_server(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert look("prefect.reachable").status == "ok"
    assert {look(f"prefect.{name}").status for name in OF_A_SERVER[1:]} == {"unused"}


def test_a_port_that_refuses(not_ok: NotOk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    not_ok("prefect.reachable", said=r"does not answer \(connection refused\)", do="start the server")


def test_an_address_without_api(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    named({"/api/health": route(404)})
    not_ok("prefect.reachable", said="not as Prefect's API .404.", do="ends in /api")


def test_a_password_that_is_missing_or_wrong(
    not_ok: NotOk, named: Named, route: type[Route], monkeypatch: pytest.MonkeyPatch
) -> None:
    named({"/api/admin/version": route(401, '{"exception_message":"Unauthorized"}')})
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    not_ok(
        "prefect.access", said="asks for a user name and password", do="set PREFECT_API_AUTH_STRING to user"
    )
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:hunter2")
    not_ok("prefect.access", said="does not accept what logs in", do="set PREFECT_API_AUTH_STRING to user")


def test_another_version(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    named({"/api/admin/version": route(text='"2.20.1"')})
    not_ok("prefect.version", said=r"the server has Prefect 2\.20\.1", do="pip install prefect==")


def test_a_slow_server(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    named({"/api/health": route(text="true", delay_s=0.4)})
    not_ok("prefect.speed", said=r"[45]\d\d ms", do="nearer", status="warning")


def test_another_clock(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    named({"/api/health": route(headers={"Date": formatdate(time() + 60, usegmt=True)})})
    not_ok("prefect.clock", said=r"Prefect's clock is (59|60|61) s ahead", do="NTP", status="warning")
    named({"/api/health": route(headers={"Date": formatdate(time() - 4000, usegmt=True)})})
    not_ok("prefect.clock", said=r"Prefect's clock is 4\d\d\d s behind", do="NTP")


def test_a_damaged_database(look: Look, not_ok: NotOk, subject: Subject) -> None:
    assert look("prefect.database").status == "unused"
    home = prefect_folder(subject.workspace)
    home.mkdir(parents=True)
    with closing(sqlite3.connect(home / "prefect.db")) as database:
        database.execute("create table flow_run (id text)")
    assert look("prefect.database").said == "0 flow runs in prefect.db"
    (home / "prefect.db").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 16)
    not_ok("prefect.database", said="prefect.db cannot be read", do="moved away")


def test_a_cache_that_cannot_be_written(
    not_ok: NotOk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    not_ok("prefect.template", said="takes 15 s to start", do="XDG_CACHE_HOME", status="warning")
