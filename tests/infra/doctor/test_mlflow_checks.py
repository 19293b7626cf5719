from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from email.utils import formatdate
from importlib.metadata import version
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import pytest

from matsluice.infra.doctor import CHECKS, Subject, examine
from matsluice.infra.servers.ports import free_port

if TYPE_CHECKING:
    from tests.infra.doctor.conftest import Look, NotOk, Route

    Serve = Callable[[Mapping[str, Route]], str]

# MLflow inspects type hints of `predict` when it is imported, and warns about its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")

SEARCH = "/api/2.0/mlflow/experiments/search"
Named = Callable[[Mapping[str, "Route"]], Subject]


@pytest.fixture
def named(serve: Serve, route: type[Route], subject: Subject) -> Named:
    """A function: name a server that is in order, but for some paths."""

    def start(changes: Mapping[str, Route]) -> Subject:
        routes = {
            "/health": route(text="OK"),
            "/version": route(text=version("mlflow")),
            SEARCH: route(text="{}"),
            **changes,
        }
        return replace(subject, tracking_uri=serve(routes))

    return start


@pytest.mark.parametrize("name", ["reachable", "access", "version", "speed", "clock"])
def test_a_server_in_order(look: Look, named: Named, name: str) -> None:
    assert look(f"mlflow.{name}", named({})).status == "ok"


def test_a_workspace_of_its_own(look: Look, subject: Subject) -> None:
    assert look("mlflow.reachable").status == "ok"
    assert {look(f"mlflow.{name}").status for name in ("access", "version", "speed", "clock", "write")} == {
        "unused"
    }
    written = replace(subject, write=True)
    for name in ("write", "reachable", "version"):
        found = look(f"mlflow.{name}", written)
        assert found.status == "ok", found
    assert look("mlflow.version", written).said == f"tables as MLflow {version('mlflow')} makes them"


def test_a_port_that_refuses(not_ok: NotOk, subject: Subject) -> None:
    gone = replace(subject, tracking_uri=f"http://127.0.0.1:{free_port()}")
    not_ok("mlflow.reachable", gone, said=r"does not answer \(connection refused\)", do="mend tracking.uri")


def test_something_else_answers(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    other = named({"/health": route(text="<html>")})
    not_ok("mlflow.reachable", other, said="not as an MLflow server .200.", do="start the server")


def test_a_database_that_is_away(not_ok: NotOk, subject: Subject) -> None:
    away = replace(subject, tracking_uri=f"postgresql://mlflow:hunter2@127.0.0.1:{free_port()}/mlflow")
    not_ok(
        "mlflow.reachable",
        away,
        said=r"^postgresql://mlflow@127\.0\.0\.1:\d+/mlflow does not answer",
        do=r"matsluice\[servers\]",
    )


def test_a_damaged_database(not_ok: NotOk, subject: Subject) -> None:
    (subject.workspace / "mlflow.db").write_bytes(b"no database at all, but a sentence of some length")
    not_ok("mlflow.reachable", said="mlflow.db cannot be read", do="from a backup")


def test_a_password_that_is_missing_or_wrong(
    not_ok: NotOk, named: Named, route: type[Route], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = named({SEARCH: route(401, "You are not authenticated")})
    monkeypatch.delenv("MLFLOW_TRACKING_USERNAME", raising=False)
    not_ok("mlflow.access", closed, said="asks for a user name", do="set MLFLOW_TRACKING_USERNAME and")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    not_ok(
        "mlflow.access", closed, said="does not accept the user name", do="set MLFLOW_TRACKING_USERNAME and"
    )
    forbidden = named({SEARCH: route(403, "Permission denied")})
    not_ok("mlflow.access", forbidden, said="does not permit this user", do="administrator")
    # What MLflow's server says to whoever asks by a name it was not told of.
    named_otherwise = named(
        {SEARCH: route(403, "Invalid Host header - possible DNS rebinding attack detected")}
    )
    not_ok("mlflow.access", named_otherwise, said=r"name 127\.0\.0\.1:\d+$", do="--allowed-hosts")


def test_a_server_of_another_version(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    other = named({"/version": route(text="2.9.2")})
    not_ok("mlflow.version", other, said=r"the server has MLflow 2\.9\.2", do="pip install mlflow==")


@pytest.mark.parametrize(
    ("revision", "said", "do"),
    [("451aebb31d03", "of an older MLflow", "mlflow db upgrade"), ("fffffffffff1", "of a newer", "backup")],
)
def test_tables_of_another_version(
    not_ok: NotOk, subject: Subject, revision: str, said: str, do: str
) -> None:
    with closing(sqlite3.connect(subject.workspace / "mlflow.db")) as database:
        database.execute("create table alembic_version (version_num text)")
        database.execute("insert into alembic_version values (?)", (revision,))
        database.commit()
    not_ok("mlflow.version", said=said, do=do)


def test_a_slow_server(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    slow = named({"/health": route(text="OK", delay_s=0.4)})
    not_ok("mlflow.speed", slow, said=r"[45]\d\d ms", do="nearer", status="warning")


def test_another_clock(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    ahead = named({"/health": route(headers={"Date": formatdate(time() + 4000, usegmt=True)})})
    not_ok("mlflow.clock", ahead, said=r"MLflow's clock is \d+ s ahead", do="NTP")


def test_nothing_can_be_recorded(not_ok: NotOk, named: Named, route: type[Route]) -> None:
    refusing = named(
        {
            "/api/2.0/mlflow/experiments/get-by-name": route(
                404, '{"error_code": "RESOURCE_DOES_NOT_EXIST"}'
            ),
            "/api/2.0/mlflow/experiments/create": route(
                403, '{"error_code": "PERMISSION_DENIED", "message": "no"}'
            ),
        }
    )
    not_ok(
        "mlflow.write",
        replace(refusing, write=True),
        said="does not permit this user what is asked",
        do="the server's log",
    )


def test_what_builds_on_a_failed_check_is_passed_over(subject: Subject) -> None:
    gone = replace(subject, tracking_uri=f"http://127.0.0.1:{free_port()}")
    names = ("mlflow.reachable", "mlflow.access", "mlflow.speed", "mlflow.clock")
    found = [
        (one.finding.status, one.finding.said) for one in examine(gone, [CHECKS[name] for name in names])
    ]
    assert [status for status, _ in found] == ["failure", "skipped", "skipped", "skipped"]
    assert {said for _, said in found[1:]} == {"needs mlflow.reachable"}


def test_the_file_that_is_named(look: Look, subject: Subject, tmp_path: Path) -> None:
    other = replace(subject, tracking_uri=f"sqlite:///{tmp_path / 'other.db'}")
    assert str(tmp_path / "other.db") in look("mlflow.reachable", other).said
