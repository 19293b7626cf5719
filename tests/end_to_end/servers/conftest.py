"""The servers of a group as processes: PostgreSQL, Prefect, MLflow with logins, a bucket, Dask."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from matsluice.infra.servers.answers import wait_until_answers
from matsluice.infra.servers.ports import free_port

INFRA = Path(__file__).parents[3] / "infra"
BIN = Path(sys.executable).parent
START_S = 400.0
# Words that look like nothing else, so that they are found wherever they end up.
PASSWORDS = {
    "postgres": "superuser-Kq7fW2xT",
    "prefect": "prefect-db-Zr4nB8vM",
    "mlflow": "mlflow-db-Yt6hC3pL",
    "prefect_api": "prefect-api-Wd9jF5sQ",
    "admin": "mlflow-admin-Xb2gH7kR",
    "campaigns": "campaigns-Vm8dJ4tN",
    "bucket": "bucket-Ua3cP6yE",
}


class Process:
    """A server that can be killed and started again."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        self.command, self.environment, self.log = [str(word) for word in command], environment, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        self._process.wait(60)


def postgres_program(name: str) -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    if not found and not on_path:
        pytest.skip("PostgreSQL is not installed: infra/testbed/install.sh does that")
    return found[-1] if found else Path(str(on_path))


@dataclass(slots=True)
class Database:
    """A PostgreSQL server of one's own."""

    folder: Path
    port: int
    server: Process

    @property
    def surroundings(self) -> dict[str, str]:
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port)}

    def wait_ready(self) -> None:
        asked: list[str | Path] = [
            postgres_program("pg_isready"),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-q",
        ]
        deadline = time.monotonic() + START_S
        while subprocess.run(asked, check=False).returncode:
            assert self.server.running, self.server.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """Databases of Prefect and MLflow, made by the operator's script."""
    # Not below pytest's folder, which is closed to the account that PostgreSQL runs under.
    folder = Path(tempfile.mkdtemp(prefix="matsluice-pg-"))
    try:
        postgres_program("initdb")
        port = free_port()
        serve: list[str | Path] = [INFRA / "testbed" / "postgresql.sh", folder, str(port)]
        superuser = {**os.environ, "PGPASSWORD": PASSWORDS["postgres"]}
        started = Database(folder, port, Process(serve, superuser, folder / "server.log"))
        started.server.start()
        started.wait_ready()
        words = {
            **started.surroundings,
            "PGPASSWORD": PASSWORDS["postgres"],
            "PREFECT_DB_PASSWORD": PASSWORDS["prefect"],
            "MLFLOW_DB_PASSWORD": PASSWORDS["mlflow"],
        }
        for _ in range(2):  # it may be run again
            subprocess.run(
                [INFRA / "postgresql" / "make-databases.sh"], check=True, env={**os.environ, **words}
            )
        yield started
        started.server.end(signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class Group:
    """Every server of a group, and what its people set to use them."""

    database: Database
    prefect: Process
    mlflow: Process
    prefect_url: str
    mlflow_url: str
    s3_endpoint: str
    dask_address: str
    folder: Path
    processes: list[Process] = field(default_factory=list)

    @property
    def keys(self) -> dict[str, str]:
        """What gives access to the bucket."""
        return {
            "AWS_ACCESS_KEY_ID": "mlflow",
            "AWS_SECRET_ACCESS_KEY": PASSWORDS["bucket"],
            "AWS_ENDPOINT_URL": self.s3_endpoint,
            "AWS_REGION": "us-east-1",
        }

    @property
    def variables(self) -> dict[str, str]:
        """What a person of the group has in the environment."""
        return {
            "PREFECT_API_URL": f"{self.prefect_url}/api",
            "PREFECT_API_AUTH_STRING": f"group:{PASSWORDS['prefect_api']}",
            "MLFLOW_TRACKING_URI": self.mlflow_url,
            "MLFLOW_TRACKING_USERNAME": "campaigns",
            "MLFLOW_TRACKING_PASSWORD": PASSWORDS["campaigns"],
        }

    def wait_ready(self) -> None:
        wait_until_answers(f"{self.prefect_url}/api/health", "Prefect", START_S, self.prefect)
        wait_until_answers(f"{self.mlflow_url}/health", "MLflow", START_S, self.mlflow)


def mlflow_server(
    database: Database, folder: Path, s3_endpoint: str, name: str, *options: str
) -> tuple[Process, str]:
    """Return an MLflow server as infra/ has it started, not running yet, and its address."""
    port = free_port()
    command: list[str | Path] = [BIN / "mlflow", "server", "--app-name", "basic-auth"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", "postgresql:///mlflow", *options]
    environment = {
        **clean(),
        **database.surroundings,
        "PGUSER": "mlflow",
        "PGPASSWORD": PASSWORDS["mlflow"],
        "MLFLOW_AUTH_CONFIG_PATH": str(INFRA / "mlflow" / "basic-auth.ini"),
        "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORDS["admin"],
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "the same in every process of the server",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "AWS_ACCESS_KEY_ID": "mlflow",
        "AWS_SECRET_ACCESS_KEY": PASSWORDS["bucket"],
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_REGION": "us-east-1",
    }
    return Process(command, environment, folder / f"{name}.log"), f"http://127.0.0.1:{port}"


def clean() -> dict[str, str]:
    """Return the environment without what names servers."""
    return {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("PREFECT_", "MLFLOW_", "AWS_"))
    }


@pytest.fixture(scope="module")
def group(database: Database, s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    """All servers, up, with an account "campaigns"."""
    folder = tmp_path_factory.mktemp("servers")
    bucket = Request(f"{s3_endpoint}/mlflow", method="PUT")
    urlopen(bucket, timeout=30).close()
    mlflow, mlflow_url = mlflow_server(
        database, folder, s3_endpoint, "mlflow", "--artifacts-destination", "s3://mlflow/proxied"
    )
    port = free_port()
    environment = {
        **clean(),
        **database.surroundings,
        "PGUSER": "prefect",
        "PGPASSWORD": PASSWORDS["prefect"],
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_PROFILE": "ephemeral",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg:///prefect",
        "PREFECT_SERVER_API_AUTH_STRING": f"group:{PASSWORDS['prefect_api']}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "DO_NOT_TRACK": "true",
    }
    command: list[str | Path] = [BIN / "prefect", "server", "start"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    prefect = Process(command, environment, folder / "prefect.log")
    dask_port = free_port()
    dask = Process(
        [BIN / "dask", "scheduler", "--host", "127.0.0.1", "--port", str(dask_port), "--no-dashboard"],
        clean(),
        folder / "dask.log",
    )
    address = f"tcp://127.0.0.1:{dask_port}"
    words: list[str | Path] = ["--nthreads", "1", "--nworkers", "2", "--no-dashboard"]
    words += ["--local-directory", folder / "scratch"]
    workers = Process([BIN / "dask", "worker", address, *words], clean(), folder / "workers.log")
    up = Group(
        database, prefect, mlflow, f"http://127.0.0.1:{port}", mlflow_url, s3_endpoint, address, folder
    )
    up.processes = [prefect, mlflow, dask, workers]
    try:
        for process in up.processes:
            process.start()
        up.wait_ready()
        make_account(up)
        yield up
    finally:
        for process in reversed(up.processes):
            process.end()


def make_account(group: Group) -> None:
    body = json.dumps({"username": "campaigns", "password": PASSWORDS["campaigns"]}).encode()
    login = b64encode(f"admin:{PASSWORDS['admin']}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    asked = Request(f"{group.mlflow_url}/api/2.0/mlflow/users/create", data=body, headers=headers)
    urlopen(asked, timeout=30).close()


@pytest.fixture(scope="session")
def passwords() -> dict[str, str]:
    """Every secret of the servers, by whose it is."""
    return PASSWORDS


@pytest.fixture
def direct(group: Group) -> Iterator[str]:
    """The address of an MLflow server whose people put artifacts into the bucket themselves."""
    server, url = mlflow_server(
        group.database,
        group.folder,
        group.s3_endpoint,
        "direct",
        "--no-serve-artifacts",
        "--default-artifact-root",
        "s3://mlflow/direct",
    )
    server.start()
    try:
        wait_until_answers(f"{url}/health", "MLflow", START_S, server)
        yield url
    finally:
        server.end()
