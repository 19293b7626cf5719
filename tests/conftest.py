"""What tests of every folder share."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
# Tests of what learns: every estimator by every contract. They take as long as all other fast tests together.
OF_MODELS = ("models/", "contracts/test_model")
# What people see of a campaign while it runs, and what goes beyond it: commands, pages, logs and what these hide,
# looks in hindsight, models as files and behind HTTP, and who is champion.
OF_USE = (
    "flows/test_benchmark",
    "infra/servers/",
    "flows/model_service/",
    "tasks/model_service/",
    "tasks/backtest/",
    "tasks/report/",
    "tasks/predict/test_served_by_mlflow",
    "contracts/test_saved_models",
    "end_to_end/structures/test_sources_agree",
    "end_to_end/structures/test_structure_refusals",
    "end_to_end/test_block_catalogue",
    "end_to_end/test_champion_and_challenger",
    "end_to_end/test_cluster_commands",
    "end_to_end/test_commands",
    "end_to_end/test_edited_plugin",
    "end_to_end/test_electronic_commands",
    "end_to_end/test_hindsight",
    "end_to_end/test_hits",
    "end_to_end/test_named_tracking",
    "end_to_end/test_planted_secrets",
    "end_to_end/test_readme",
    "end_to_end/test_recorded_runs",
    "end_to_end/test_seen_running",
    "end_to_end/test_several_objectives",
    "end_to_end/test_store_commands",
)
LONG = ("faults", "cluster", "examples")
# Timeouts are for a machine that has other work too; there are some of half its speed.
SLOWEST, LONGEST_S = 3.0, 3600.0
# When tests of whole runs should be over, in seconds since 1970, and a text that decides which of them come first:
# for who has so much time and no more, and wants others of them to be run each time.
UNTIL, ORDER = "MATSLUICE_TESTS_UNTIL", "MATSLUICE_TESTS_ORDER"
DATA = Path(os.environ.get("MATSLUICE_DATA", Path(__file__).parents[2] / "shared" / "data"))

# No test asserts a timing: the machine may be busy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of models and of their use, which stand in folders of their own; put all in order."""
    for item in items:
        place = str(item.path.relative_to(HERE)) if item.path.is_relative_to(HERE) else ""
        if place.startswith(OF_USE):
            item.add_marker(pytest.mark.use)
        elif place.startswith(OF_MODELS):
            item.add_marker(pytest.mark.models)
    begin_with_the_longest(items)
    if ORDER in os.environ:
        begin_with_the_quick(items, os.environ[ORDER])
    for item in filter(is_of_runs, items):
        item.add_marker(pytest.mark.timeout(SLOWEST * allowed_s(item)), append=False)


def begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Put files in the order of what their timeouts allow: the long ones last would keep one process alone at work."""
    longest: dict[Path, float] = {}
    for item in items:
        longest[item.path] = max(longest.get(item.path, 0.0), allowed_s(item))
    items.sort(key=lambda item: (-longest[item.path], not is_of_runs(item)))


def begin_with_the_quick(items: list[pytest.Item], order: str) -> None:
    """Put files of whole runs last, in an order that the text decides: who has no time for all begins with others."""
    drawn = {item.path: sha256(f"{order}{item.path.name}".encode()).digest() for item in items}
    items.sort(key=lambda item: (is_of_runs(item), drawn[item.path] if is_of_runs(item) else b""))


def allowed_s(item: pytest.Item) -> float:
    """Return the test's timeout."""
    allowed = item.get_closest_marker("timeout")
    return float(allowed.args[0]) if allowed else float(item.config.getini("timeout"))


def is_of_runs(item: pytest.Item) -> bool:
    """Return whether the test is of those that take minutes."""
    return any(item.get_closest_marker(name) for name in LONG) or item.path.is_relative_to(
        HERE / "end_to_end"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what takes minutes where half of what it may take is more than there is."""
    until = os.environ.get(UNTIL)
    if (
        until
        and is_of_runs(item)
        and time.time() + min(allowed_s(item) / SLOWEST, LONGEST_S) / 2 > float(until)
    ):
        name = item.path.relative_to(HERE)
        pytest.skip(f"no time is left for {name}: make test-all runs every test, however long it takes")


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An S3 server on this machine, in a process of its own."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket's URI; credentials and endpoint stand in the environment."""
    name = f"bucket-{uuid4().hex[:12]}"
    for variable, value in {
        "AWS_ACCESS_KEY_ID": "not-a-secret",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret-either",
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(variable, value)
    request = Request(f"{s3_endpoint}/{name}", method="PUT")
    urlopen(request, timeout=30).close()
    return f"s3://{name}"


@pytest.fixture(scope="session")
def public_data() -> Callable[[str], Path]:
    """A function: the path of a public data file, or a skip that says where it was looked for."""

    def path_of(name: str) -> Path:
        if not (DATA / name).exists():
            pytest.skip(f"{name} is not in {DATA}; set MATSLUICE_DATA to the folder that has it")
        return DATA / name

    return path_of


@dataclass(slots=True)
class Forked:
    """A process that another has forked, with the part of `subprocess.Popen` that tests use."""

    pid: int
    end: Path
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        if self.returncode is None and self.end.exists():
            self.returncode = int(self.end.read_text())
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Return how it ended, once it has."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


@pytest.fixture(scope="session")
def fork() -> Iterator[Callable[[dict[str, Any]], Forked]]:
    """A function: a call of the command in a process forked from one that has made its imports."""
    program = HERE / "programs" / "forking_command.py"
    started: list[subprocess.Popen[bytes]] = []

    def call(asked: dict[str, Any]) -> Forked:
        if not started:
            # Without the mark of a call, which is of what it starts.
            kept = {"XDG_CACHE_HOME", *os.environ}
            env = {name: text for name, text in asked["environment"].items() if name in kept}
            pipe, line = subprocess.PIPE, [sys.executable, str(program)]
            started.append(subprocess.Popen(line, env=env, stdin=pipe, stdout=pipe))
        to, answers = started[0].stdin, started[0].stdout
        assert to is not None
        assert answers is not None
        to.write(json.dumps(asked).encode() + b"\n")
        to.flush()
        return Forked(int(answers.readline()), Path(asked["end"]))

    yield call
    for one in started:
        one.communicate(timeout=30)


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API of a Prefect server of this process of pytest's, for runs whose own server is not what is tested."""
    from matsluice.infra.servers.prefect_server import start_prefect

    with start_prefect(tmp_path_factory.mktemp("prefect")) as server:
        server.wait_ready(240)  # a first start on a machine where others work too
        yield server.api_url
