"""Where runs are recorded: SQLite in the workspace, or the MLflow server a campaign names."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.servers.server_record import one_starter

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")

LOCKED_WAIT_S = 60.0  # another writer's transaction, such as a UI's deletion of an experiment, takes seconds
CONNECT_WAIT_S = 5.0
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
SERVERS = ("http", "https")
# What MLflow reads from the environment alone.
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",  # its lines about tables it creates are not for the terminal
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
# Lets MLflow's pages open on runs and metrics; without it they open on those for language models.
KIND = {"mlflow.experimentKind": "custom_model_development"}


@dataclass(frozen=True, slots=True)
class TrackingStore:
    """An open store.

    Attributes
    ----------
    uri
        The tracking and registry address.
    client
        The one client through which everything is written.
    artifact_root
        Folder of the files of runs, or None where a server keeps them.
    """

    uri: str
    client: MlflowClient
    artifact_root: Path | None

    def experiment(self, name: str) -> str:
        """Return the id of the experiment of this name, created, or restored where it was deleted.

        Raises
        ------
        Failed
            The store cannot be written.
        """
        return patiently(lambda: self._experiment(name), "open the experiment in MLflow", self.uri)

    def _experiment(self, name: str) -> str:
        from mlflow.exceptions import MlflowException
        from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

        found = self.client.get_experiment_by_name(name)
        if found is None:
            location = None if self.artifact_root is None else (self.artifact_root / name).as_uri()
            try:
                return str(self.client.create_experiment(name, artifact_location=location, tags=KIND))
            except MlflowException as error:
                if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                    raise
                return self._experiment(name)  # another process was faster
        if found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)


def default_uri(workspace: Path) -> str:
    """Return the address of the store inside a workspace.

    >>> default_uri(Path("/w"))
    'sqlite:////w/mlflow.db'
    """
    return f"sqlite:///{workspace.absolute() / 'mlflow.db'}"


def open_store(uri: str, workspace: Path) -> TrackingStore:
    """Open the store, and create it where it is the workspace's own.

    Takes 4 s the first time and 2.5 s later, most of it the import of MLflow.

    Parameters
    ----------
    uri
        The campaign's `tracking.uri`; empty for SQLite in the workspace.
    workspace
        The workspace's folder.

    Raises
    ------
    InvalidInput
        No such kind of address, or nothing answers there.
    Failed
        The database cannot be opened, or stays locked.
    """
    address = uri or default_uri(workspace)
    scheme = urlsplit(address).scheme.split("+")[0]
    if scheme not in (*DATABASES, *SERVERS):
        raise InvalidInput(
            f'tracking.uri "{uri}" is no address that MLflow can use here: give one that starts with '
            f"{', '.join(f'{word}://' for word in (*SERVERS, *DATABASES))}, "
            "or leave it out for a file in the workspace"
        )
    if scheme in SERVERS:
        _check_somebody_listens(address)
    os.environ.update({name: value for name, value in ENVIRONMENT.items() if name not in os.environ})
    for talkative in ("alembic", "mlflow.store.db"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    workspace.mkdir(parents=True, exist_ok=True)
    with one_starter(workspace / "servers" / "mlflow.start"):  # two that create the tables at once both fail
        if address == default_uri(workspace):
            _make_whole(workspace.absolute() / "mlflow.db")
        client = patiently(lambda: _connect(address), "open the MLflow store", address)
    root = None if scheme in SERVERS else workspace.absolute() / "mlartifacts"
    return TrackingStore(address, client, root)


def prepare_store(uri: str, workspace: Path) -> Future[TrackingStore]:
    """Open the store in a thread of its own; `.result()` waits for it or raises what `open_store` raises."""
    executor = ThreadPoolExecutor(1, thread_name_prefix="tracking-store")
    try:
        return executor.submit(open_store, uri, workspace)
    finally:
        executor.shutdown(wait=False)


def patiently(action: Callable[[], T], purpose: str, uri: str, timeout_s: float | None = None) -> T:
    """Return what the action returns, tried again while another process has the database locked.

    Parameters
    ----------
    action
        What is done in MLflow; it may be done several times.
    purpose
        How the sentence names it: "log the run in MLflow".
    uri
        The store's address, for the sentence.
    timeout_s
        Seconds after which a lock is no longer waited for.

    Raises
    ------
    Failed
        MLflow cannot do it: one sentence.
    """
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    deadline = time.monotonic() + (LOCKED_WAIT_S if timeout_s is None else timeout_s)
    pause_s = 0.1
    while True:
        try:
            return action()
        except (MlflowException, SQLAlchemyError, RequestException, OSError) as error:
            locked = "database is locked" in str(error)
            if not locked or time.monotonic() > deadline:
                reason = (
                    "another program keeps the database locked: end what else writes to it and run again"
                    if locked
                    else _first_line(error)
                )
                raise Failed(f"cannot {purpose} ({uri}): {reason}") from error
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 2.0)


def _make_whole(database: Path) -> None:
    """Make the workspace's database under another name, and give it its own when all tables are there.

    Killed while MLflow makes them, it would be left with some, and MLflow cannot go on from there.
    """
    if database.exists():
        return
    draft = database.with_name(f".{database.name}.part")
    draft.unlink(missing_ok=True)
    _connect(f"sqlite:///{draft}")
    draft.rename(database)


def _connect(uri: str) -> MlflowClient:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.search_experiments(max_results=1)  # a client alone does not yet touch the store
    return client


def _check_somebody_listens(uri: str) -> None:
    # Asked for in one second here; MLflow's own requests are repeated for minutes before they give up.
    parts = urlsplit(uri)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), CONNECT_WAIT_S):
            return
    except OSError as error:
        raise InvalidInput(
            f'tracking.uri "{uri}": nothing answers there ({error}): start the server, or leave '
            "tracking.uri out for a file in the workspace"
        ) from error


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
