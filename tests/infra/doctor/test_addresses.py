from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matsluice.infra.doctor import Subject
from matsluice.infra.servers.server_record import ServerRecord

if TYPE_CHECKING:
    from matsluice.infra.clusters import ClusterSettings
    from tests.infra.doctor.conftest import Look, NotOk

Cluster = Callable[..., "ClusterSettings"]
LISTENER = """
import socket, sys
with socket.create_server((sys.argv[2], 0)):
    print("listens", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def listening_on(subject: Subject) -> Iterator[Callable[[str], None]]:
    """A function: let the workspace's server be one that listens on an address."""
    children: list[subprocess.Popen[str]] = []

    def start(address: str) -> None:
        log = subject.workspace / "servers" / "server.log"
        log.parent.mkdir(exist_ok=True)
        # In a child of the process that the record names, as the real server is.
        command = [sys.executable, "-c", LISTENER, str(log), address]
        child = subprocess.Popen(
            ["sh", "-c", '"$@"; true', "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "listens\n"
        ServerRecord.of("http://127.0.0.1:9/api", child.pid, log).write(log.parent / "prefect.json")

    yield start
    for child in children:
        child.communicate()


def test_a_machine_in_order(look: Look, listening_on: Callable[[str], None]) -> None:
    assert look("loopback.ports").status == "ok"
    assert look("loopback.listeners").status == "unused"
    listening_on("127.0.0.1")
    found = look("loopback.listeners")
    assert found.status == "ok", found
    assert found.said.startswith("127.0.0.1:")


def test_a_server_open_to_others(not_ok: NotOk, listening_on: Callable[[str], None]) -> None:
    listening_on("0.0.0.0")
    not_ok("loopback.listeners", said=r"open to other machines.*0\.0\.0\.0:\d+", do="end the run")


@pytest.mark.cluster
def test_no_loopback(by_command: Look, not_ok: NotOk, program: Callable[..., list[str]]) -> None:
    below = program("unshare", *([] if os.geteuid() == 0 else ["-r"]), "-n")
    not_ok(
        "loopback.ports",
        by_command("loopback.ports", below=below),
        said=r"nothing can be reached on 127\.0\.0\.1",
        do="ip link set lo up",
    )


def test_a_password_in_the_clear(
    not_ok: NotOk, look: Look, monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://192.0.2.1:4200/api")
    assert look("network.secrets").status == "ok"
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:hunter2")
    not_ok("network.secrets", said=r"PREFECT_API_URL is http://192\.0\.2\.1", do="TLS", status="warning")
    monkeypatch.setenv("PREFECT_API_URL", "http://localhost:4200/api")
    assert look("network.secrets").status == "ok"
    monkeypatch.delenv("PREFECT_API_URL")
    assert look("network.secrets").status == "unused"
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    named = replace(subject, tracking_uri="http://192.0.2.1:5000")
    not_ok("network.secrets", named, said="MLflow's address is http", do="SSH tunnel", status="warning")


def test_a_scheduler_open_to_others(not_ok: NotOk, look: Look, subject: Subject, cluster: Cluster) -> None:
    def at(address: str) -> Subject:
        return replace(subject, cluster=cluster('kind = "scheduler"', f'address = "{address}"'))

    not_ok(
        "network.scheduler",
        at("tcp://192.0.2.1:8786"),
        said="whoever reaches the port",
        do="certificates",
        status="warning",
    )
    assert look("network.scheduler", at("tcp://127.0.0.1:8786")).status == "ok"
    assert look("network.scheduler", at("tcp://[::1]:8786")).status == "ok"
    assert look("network.scheduler").status == "unused"


def test_listeners_are_those_of_the_process(tmp_path: Path) -> None:
    from matsluice.infra.doctor.addresses import listening

    assert listening(2**22 + 1) == []
    assert tmp_path.exists()
