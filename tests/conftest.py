"""What tests of every folder share."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
# Tests of what learns: every estimator by every contract. They take as long as all other fast tests together.
OF_MODELS = ("models/", "contracts/test_model")
# What goes beyond a campaign: looks in hindsight, models as files and behind HTTP, and who is champion.
OF_USE = (
    "flows/model_service/",
    "tasks/model_service/",
    "tasks/backtest/",
    "tasks/predict/test_served_by_mlflow",
    "contracts/test_saved_models",
    "end_to_end/test_champion_and_challenger",
    "end_to_end/test_hindsight",
    "end_to_end/test_several_objectives",
)
DATA = Path(os.environ.get("MATSLUICE_DATA", Path(__file__).parents[2] / "shared" / "data"))

# No test asserts a timing: the machine may be busy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of models and of their use, which stand in folders of their own, and begin with the longest.

    A file's tests stay together, and what may take long would otherwise keep one process at work when the others are
    done. How long that may be says the file's timeout.
    """
    for item in items:
        place = str(item.path.relative_to(HERE)) if item.path.is_relative_to(HERE) else ""
        if place.startswith(OF_USE):
            item.add_marker(pytest.mark.use)
        elif place.startswith(OF_MODELS):
            item.add_marker(pytest.mark.models)
    longest: dict[Path, float] = {}
    for item in items:
        allowed = item.get_closest_marker("timeout")
        seconds = float(allowed.args[0]) if allowed else 0.0
        longest[item.path] = max(longest.get(item.path, 0.0), seconds)
    of_runs = HERE / "end_to_end"
    items.sort(key=lambda item: (-longest[item.path], not item.path.is_relative_to(of_runs)))


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


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API of a Prefect server of this process of pytest's, for runs whose own server is not what is tested."""
    from matsluice.infra.servers.prefect_server import start_prefect

    with start_prefect(tmp_path_factory.mktemp("prefect")) as server:
        server.wait_ready(240)  # a first start on a machine where others work too
        yield server.api_url
