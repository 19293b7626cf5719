"""The pages of a workspace: Prefect's, with what ran when, and MLflow's, with what came out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.servers.mlflow_server import start_mlflow
from matsluice.infra.servers.prefect_server import start_prefect


class WorkspacePages:
    """The running servers of a workspace's pages; `open_ui` makes it.

    Attributes
    ----------
    prefect_url, mlflow_url
        The addresses a browser opens.
    """

    def __init__(self, prefect_url: str, mlflow_url: str, servers: ExitStack) -> None:
        self.prefect_url = prefect_url
        self.mlflow_url = mlflow_url
        self._servers = servers

    def close(self) -> None:
        """Stop what was started; a server that a run on this workspace uses goes on until the run ends."""
        self._servers.close()

    def __enter__(self) -> WorkspacePages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_ui(
    workspace: Path,
    prefect_port: int | None = None,
    mlflow_port: int | None = None,
    tracking_uri: str = "",
) -> WorkspacePages:
    """Start Prefect's and MLflow's pages and return when both answer.

    Servers that are named (PREFECT_API_URL, an http `tracking.uri`) or that run on this workspace already are
    used as they are; their addresses then need not have the ports asked for.

    Parameters
    ----------
    workspace
        The workspace's folder.
    prefect_port, mlflow_port
        Loopback ports; free ones where left out.
    tracking_uri
        The campaign's `tracking.uri`; empty for the workspace's own store.

    Raises
    ------
    InvalidInput
        There is no such workspace, or a port cannot be used.
    Failed
        A server did not come up: one sentence, with the end of its log.
    """
    if not workspace.is_dir():
        raise InvalidInput(
            f"there is no workspace {workspace}: run a campaign first, or give --workspace DIR"
        )
    with ExitStack() as starting:
        # Both start at the same time.
        prefect = starting.enter_context(start_prefect(workspace, port=prefect_port))
        if tracking_uri.startswith(("http://", "https://")):
            mlflow_url = tracking_uri
        else:
            mlflow = starting.enter_context(
                start_mlflow(workspace, port=mlflow_port, store_uri=tracking_uri or None)
            )
            mlflow.wait_ready()
            mlflow_url = mlflow.page
        prefect.wait_ready()
        return WorkspacePages(prefect.ui_url, mlflow_url, starting.pop_all())
