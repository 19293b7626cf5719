"""The Prefect API a run reports to: the one that is named, the one that runs already, or an embedded one."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType

from matsluice.infra.servers import patient_uvicorn
from matsluice.infra.servers.answers import wait_until_answers
from matsluice.infra.servers.attached_process import AttachedProcess
from matsluice.infra.servers.ports import LOOPBACK, claim_port
from matsluice.infra.servers.prefect_settings import (
    embedded_login,
    named_api_url,
    prefect_environment,
    prefect_folder,
    server_environment,
)
from matsluice.infra.servers.prefect_template import (
    can_be_written,
    copy_empty_database,
    keep_empty_database,
    template_folder,
)
from matsluice.infra.servers.server_record import Hold, ServerRecord, one_starter, read_record

START_TIMEOUT_S = 120.0  # a first start migrates the database: 11 s on an idle machine of 2026
RESTARTS = 5  # a server that is killed more often has an enemy, such as a limit of memory


class PrefectServer:
    """A Prefect API to report to; `start_prefect` makes it.

    Attributes
    ----------
    api_url
        The address for PREFECT_API_URL, ending in /api.
    embedded
        Whether the server is one of ours on this workspace, whoever started it.
    """

    def __init__(
        self,
        workspace: Path,
        api_url: str,
        *,
        hold: Hold | None = None,
        started: AttachedProcess | None = None,
        joined: ServerRecord | None = None,
    ) -> None:
        self.api_url = api_url
        self.embedded = hold is not None
        self._workspace = workspace
        self._hold = hold
        self._started = started
        self._joined = joined

    @property
    def ui_url(self) -> str:
        """The address a browser opens."""
        return self.api_url.removesuffix("/api")

    @property
    def environment(self) -> dict[str, str]:
        """The variables the process that runs flows needs: see `prefect_environment`."""
        environment = prefect_environment(self._workspace, self.api_url)
        if self.embedded:
            environment["PREFECT_CLIENT_CSRF_SUPPORT_ENABLED"] = "false"  # spares a request per client
            environment |= embedded_login()
        return environment

    def wait_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Return when the server answers; at once where it did before.

        Raises
        ------
        Failed
            It ended or did not answer in time: one sentence, with the end of its log.
        """
        wait_until_answers(f"{self.api_url}/health", "Prefect", timeout_s, self._started or self._joined)
        if self._started is not None:
            keep_empty_database(prefect_folder(self._workspace) / "prefect.db")

    def stop(self) -> None:
        """Let go of the server: it ends, unless another process on this workspace still uses it.

        Call `wait_until_recorded` before, or the rows of the last tasks are lost.
        """
        if self._hold is not None:
            self._hold.release()
        if self._started is not None:
            self._started.stop()

    def __enter__(self) -> PrefectServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_prefect(workspace: Path, *, api_url: str | None = None, port: int | None = None) -> PrefectServer:
    """Return a Prefect server for a workspace, without waiting until it is ready.

    A server that `api_url` or the environment's PREFECT_API_URL names is used as it is. Else one that runs
    on this workspace is joined, also where it is the one that is named; else one is started. A started server
    ends with the last process that uses it.

    Parameters
    ----------
    workspace
        The workspace's folder.
    api_url
        Address of a server to use, ending in /api.
    port
        Loopback port for a server that is started; a free one where left out.

    Raises
    ------
    InvalidInput
        The port cannot be used.
    """
    named = api_url or named_api_url()
    servers = prefect_folder(workspace).parent
    if named and not is_embedded(named, workspace):
        return PrefectServer(workspace, named)
    with one_starter(servers / "prefect.start"):
        hold = Hold(servers / "prefect.hold")
        record = read_record(servers / "prefect.json")
        if record and record.running:
            return PrefectServer(workspace, record.url, hold=hold, joined=record)
        try:
            return _start(workspace, claim_port(port, "Prefect"), hold)
        except BaseException:
            hold.release()
            raise


def is_embedded(api_url: str, workspace: Path) -> bool:
    """Return whether an address is that of the server which a workspace runs for itself, and which ends with it."""
    record = read_record(prefect_folder(workspace).parent / "prefect.json")
    return record is not None and record.url == api_url and record.running


def _start(workspace: Path, port: int, hold: Hold) -> PrefectServer:
    home = prefect_folder(workspace)
    home.mkdir(parents=True, exist_ok=True)
    copy_empty_database(home / "prefect.db")
    shared = template_folder()
    ui_files = (shared if can_be_written(shared) else home) / "ui"
    # uvicorn itself: Prefect's command line takes another second to say the same to it.
    command = [sys.executable, "-P", "-m", patient_uvicorn.__name__]
    command += ["--factory", "prefect.server.api.server:create_app"]
    command += ["--host", LOOPBACK, "--port", str(port), "--log-level", "warning"]
    command += ["--timeout-graceful-shutdown", "2"]
    process = AttachedProcess(
        command,
        home / "server.log",
        environment=server_environment(workspace, port, ui_files),
        folder=home,  # Prefect reads prefect.toml and .env from the working folder
        hold=hold.path,
        restarts=RESTARTS,
        patient=True,
    )
    url = f"http://{LOOPBACK}:{port}/api"
    ServerRecord.of(url, process.pid, process.log).write(home.parent / "prefect.json")
    return PrefectServer(workspace, url, hold=hold, started=process)
