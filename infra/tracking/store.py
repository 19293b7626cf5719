"""Where runs are recorded: SQLite in the workspace, or the MLflow server a campaign names."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.servers.server_record import one_starter
from matsluice.infra.tracking.access import told_by, without_secret
from matsluice.infra.tracking.away import PATIENCE_S, patiently

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")

CONNECT_WAIT_S = 5.0
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
SERVERS = ("http", "https")
# What MLflow reads from the environment alone.
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",  # its lines about tables it creates are not for the terminal
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # stdout is for the one JSON object of --json
    # Ours are the retries: MLflow's own take a minute or two within one call, where nobody can stop them.
    # A request that was given up may still be carried out by a server that was only slow, so it gets time.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
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
    patience_s
        Seconds to try again while MLflow is away, in each call; 0 for a single try.
    """

    uri: str
    client: MlflowClient
    artifact_root: Path | None
    patience_s: float = PATIENCE_S

    def experiment(self, name: str) -> str:
        """Return the id of the experiment of this name, created, or restored where it was deleted.

        Raises
        ------
        Failed
            The store cannot be written.
        """
        return self.write(lambda: self._experiment(name), "open the experiment in MLflow")

    def write(self, action: Callable[[], T], purpose: str) -> T:
        """Return what the action returns, tried again while MLflow is away; raises as `patiently` does."""
        return patiently(action, purpose, self.uri, self.patience_s)

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


def open_store(
    uri: str, workspace: Path, *, patience_s: float = PATIENCE_S, must_answer: bool = True
) -> TrackingStore:
    """Open the store, and create it where it is the workspace's own.

    Takes 4 s the first time and 2.5 s later, most of it the import of MLflow.

    Parameters
    ----------
    uri
        The campaign's `tracking.uri`; empty for SQLite in the workspace.
    workspace
        The workspace's folder.
    patience_s
        Seconds to try again while MLflow is away, here and in the store's later calls.
    must_answer
        Whether a server that does not answer is the person's mistake; else it is away.

    Raises
    ------
    InvalidInput
        No such kind of address, or nothing answers there.
    Away
        The server does not answer, or the database stays locked.
    Failed
        The database cannot be opened.
    """
    if must_answer:
        check_address(uri)
    address = uri or default_uri(workspace)
    scheme = scheme_of(address)
    set_environment()
    workspace.mkdir(parents=True, exist_ok=True)
    with one_starter(workspace / "servers" / "mlflow.start"):  # two that create the tables at once both fail
        if address == default_uri(workspace):
            patiently(
                lambda: _make_whole(workspace.absolute() / "mlflow.db"),
                "make the MLflow store",
                address,
                patience_s,
            )
        client = patiently(lambda: connect(address), "open the MLflow store", address, patience_s)
    root = None if scheme in SERVERS else workspace.absolute() / "mlartifacts"
    return TrackingStore(address, client, root, patience_s)


def set_environment() -> None:
    """Set what MLflow reads from the environment alone, where it is not set; before MLflow is imported."""
    os.environ.update({name: value for name, value in ENVIRONMENT.items() if name not in os.environ})
    # Alembic tells of tables, MLflow prints a stack trace for every lock before it raises.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow.store.db").setLevel(logging.CRITICAL)


def scheme_of(address: str) -> str:
    """Return the kind of an address, without a database's driver.

    >>> scheme_of("postgresql+psycopg://tracking.example/mlflow")
    'postgresql'
    """
    return urlsplit(address).scheme.split("+")[0]


def check_address(uri: str, said_by: str = "") -> None:
    """Raise InvalidInput where MLflow cannot use an address, or nothing answers there.

    Parameters
    ----------
    uri
        The address, or "" for the workspace's own.
    said_by
        What has named it; where left out, the campaign's `tracking.uri` or the environment.
    """
    if not uri:
        return
    by = said_by or told_by(uri)
    scheme = scheme_of(uri)
    if scheme not in (*DATABASES, *SERVERS):
        raise InvalidInput(
            f'{by} "{without_secret(uri)}" is no address that MLflow can use here: give one that starts with '
            f"{', '.join(f'{word}://' for word in (*SERVERS, *DATABASES))}, "
            "or leave it out for a file in the workspace"
        )
    if scheme in SERVERS:
        _check_somebody_listens(uri, by)


def prepare_store(uri: str, workspace: Path) -> Future[TrackingStore]:
    """Open the store in a thread of its own; `.result()` waits for it or raises what `open_store` raises."""
    executor = ThreadPoolExecutor(1, thread_name_prefix="tracking-store")
    try:
        return executor.submit(open_store, uri, workspace)
    finally:
        executor.shutdown(wait=False)


def _make_whole(database: Path) -> None:
    """Make the workspace's database under another name, and give it its own when all tables are there.

    Killed while MLflow makes them, it would be left with some, and MLflow cannot go on from there.
    """
    if database.exists():
        return
    draft = database.with_name(f".{database.name}.part")
    draft.unlink(missing_ok=True)
    connect(f"sqlite:///{draft}")
    draft.rename(database)


def connect(uri: str) -> MlflowClient:
    """Return a client that has reached the store; a database without MLflow's tables is given them."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.search_experiments(max_results=1)  # a client alone does not yet touch the store
    return client


def _check_somebody_listens(uri: str, by: str) -> None:
    # Asked for in seconds here; MLflow's own requests may hang for as long as their timeout.
    parts = urlsplit(uri)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), CONNECT_WAIT_S):
            return
    except OSError as error:
        raise InvalidInput(
            f'{by} "{without_secret(uri)}": nothing answers there ({error}): start the server, or '
            f"leave {by} out for a file in the workspace"
        ) from error
