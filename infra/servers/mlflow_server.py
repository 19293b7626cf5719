"""MLflow's pages on a workspace's store."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from matsluice.infra.servers.answers import wait_until_answers
from matsluice.infra.servers.attached_process import AttachedProcess
from matsluice.infra.servers.ports import LOOPBACK, claim_port

START_TIMEOUT_S = 120.0  # 5 s on an idle machine of 2026, a minute and a half on one with ten times its work
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # workers for evaluations of language models
}


class MlflowServer:
    """A running MLflow server; `start_mlflow` makes it.

    Attributes
    ----------
    url
        The address for clients.
    """

    def __init__(self, url: str, process: AttachedProcess) -> None:
        self.url = url
        self._process = process

    @property
    def page(self) -> str:
        """The address of the experiments' list.

        The word in it turns off what MLflow shows by default, which is for work with language models.
        """
        return f"{self.url}/#/experiments?workflowType=machine_learning"

    def wait_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Return when the server answers.

        Raises
        ------
        Failed
            It ended or did not answer in time: one sentence, with the end of its log.
        """
        wait_until_answers(f"{self.url}/health", "MLflow", timeout_s, self._process)

    def stop(self) -> None:
        """Stop the server."""
        self._process.stop()

    def __enter__(self) -> MlflowServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_mlflow(workspace: Path, *, port: int | None = None, store_uri: str | None = None) -> MlflowServer:
    """Start MLflow on a workspace's store, without waiting until it is ready.

    Parameters
    ----------
    workspace
        The workspace's folder.
    port
        Loopback port; a free one where left out.
    store_uri
        Address of the database; the workspace's own where left out.

    Raises
    ------
    InvalidInput
        The port cannot be used.
    """
    place = claim_port(port, "MLflow")
    home = workspace.absolute() / "servers" / "mlflow"
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "mlflow", "server", "--host", LOOPBACK, "--port", str(place)]
    command += ["--workers", "1"]  # each is a process of 300 MB; one person looks at the pages
    command += ["--artifacts-destination", str(workspace.absolute() / "mlartifacts")]
    # A database's address may hold a password, and everybody on the machine reads command lines.
    address = store_uri or f"sqlite:///{workspace.absolute() / 'mlflow.db'}"
    environment = {**os.environ, **ENVIRONMENT, "MLFLOW_BACKEND_STORE_URI": address}
    process = AttachedProcess(command, home / "server.log", environment=environment, folder=home)
    return MlflowServer(f"http://{LOOPBACK}:{place}", process)
