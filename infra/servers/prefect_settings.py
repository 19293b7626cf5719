"""Prefect's settings, as environment variables: all of it inside the workspace, nothing sent anywhere."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from matsluice.infra.servers.plain_address import authorities_read
from matsluice.infra.servers.prefect_events import events_kept
from matsluice.infra.servers.prefect_redaction import redacting_requests
from matsluice.infra.servers.prefect_rows import send_what_is_held_back

# Services that look for work in the database at intervals, for deployments, workers and automations,
# of which an embedded server has none.
IDLE_SERVICES = (
    "CANCELLATION_CLEANUP",
    "CLEANUP_RECONCILER",
    "FOREMAN",
    "LATE_RUNS",
    "PAUSE_EXPIRATIONS",
    "REPOSSESSOR",
    "SCHEDULER",
    "TRIGGERS",
)
# "user:password" for an embedded server, which has none by itself; whoever reaches loopback is on this machine.
SERVER_LOGIN, CLIENT_LOGIN = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"
SEND_WAIT_S = 5.0
DATABASE_WAIT_S = 120  # SQLite lets one write at a time; another program may keep it for a minute
# A server that is only slow is waited for within the request: asked again, it would do the same twice.
REQUEST_S = 150
# Pauses of 2, 4, … 64 s while a server refuses connections or says that its database is locked: two minutes.
RETRIES = 6


def prefect_folder(workspace: Path) -> Path:
    """Return the folder of everything Prefect keeps in a workspace."""
    return workspace.absolute() / "servers" / "prefect"


def named_api_url() -> str | None:
    """Return the Prefect API that the environment names, or None: then one is embedded."""
    return os.environ.get("PREFECT_API_URL") or None


def prefect_environment(workspace: Path, api_url: str | None = None) -> dict[str, str]:
    """Return the variables to set before `import prefect` in the process that runs flows.

    A person's own profile and home are neither read nor written. What logs in to a named server
    (PREFECT_API_KEY, PREFECT_API_AUTH_STRING) is read from the environment as it stands.

    Parameters
    ----------
    workspace
        The workspace's folder; nothing is created.
    api_url
        The API to talk to; the environment's PREFECT_API_URL where left out.

    Returns
    -------
    dict of str to str
        For `os.environ.update`, or for `prefect_settings`.

    >>> prefect_environment(Path("/w"), "http://127.0.0.1:4200/api")["PREFECT_HOME"]
    '/w/servers/prefect'
    """
    home = prefect_folder(workspace)
    url = api_url or named_api_url()
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_PROFILE": "ephemeral",  # one that always exists; a name from the person's own file would not
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # no server of Prefect's own beside ours
        **({"PREFECT_API_URL": url} if url else {}),
        **authorities_read(url),
        "DO_NOT_TRACK": "true",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        "PREFECT_API_REQUEST_TIMEOUT": str(REQUEST_S),
        "PREFECT_CLIENT_MAX_RETRIES": str(RETRIES),
        # What a server answers whose PostgreSQL is being restarted. An embedded one has its database in its own disk's
        # file: there it is a full disk, which waiting does not mend.
        **({"PREFECT_CLIENT_RETRY_EXTRA_CODES": "500"} if url and url == named_api_url() else {}),
        # The command line says what happens, also when it fails; Prefect's lines, with their stack traces,
        # are for its UI. Read once, at `import prefect`.
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        # Results are files that the tasks write themselves; hashing arguments for a cache only costs.
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_TASKS_DISABLE_CACHING": "true",
    }


def embedded_login() -> dict[str, str]:
    """Return what logs in to an embedded server, empty where the environment asks for no login."""
    asked = os.environ.get(SERVER_LOGIN)
    return {CLIENT_LOGIN: asked} if asked else {}


def server_environment(workspace: Path, port: int, ui_files: Path) -> dict[str, str]:
    """Return the whole environment of an embedded server.

    Parameters
    ----------
    workspace
        The workspace's folder.
    port
        Loopback port the server listens on.
    ui_files
        Folder into which Prefect copies the pages of its UI; by default that would be its installation.
    """
    home = prefect_folder(workspace)
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {
        **mine,
        **({SERVER_LOGIN: os.environ[SERVER_LOGIN]} if embedded_login() else {}),
        **prefect_environment(workspace, f"http://127.0.0.1:{port}/api"),
        # Four slashes for an absolute path; the driver must be asynchronous.
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_SERVER_DATABASE_TIMEOUT": str(DATABASE_WAIT_S),
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": str(DATABASE_WAIT_S),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_UI_STATIC_DIRECTORY": str(ui_files),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
        **{f"PREFECT_SERVER_SERVICES_{service}_ENABLED": "false" for service in IDLE_SERVICES},
        # Task runs come as events. One transaction each, the default, costs the server 30 ms a task; in
        # batches it costs 10 ms. A row is written a second after its event at the latest.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    }


@contextmanager
def prefect_settings(environment: Mapping[str, str]) -> Iterator[None]:
    """Hold Prefect's settings in force in the thread that runs the flow, and put the old ones back.

    Works before and after `import prefect`. The environment is the process's, so one thread at a time.

    Parameters
    ----------
    environment
        From `PrefectServer.environment` or `prefect_environment`.
    """
    imported = sys.modules.get("prefect.context")
    in_force = imported.GLOBAL_SETTINGS_CONTEXT if imported else None
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    # Where a server is named nobody else has made it, and Prefect warns when it finds no folder above it.
    Path(environment["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    from prefect import context, settings

    context.refresh_global_settings_context()  # Prefect reads the environment once, when it is imported
    try:
        # The thread that sends a flow's heartbeat sleeps in whole seconds and is waited for: up to a second
        # for each flow and sub-flow. Nobody listens to it here. No environment variable can turn it off.
        silent = settings.temporary_settings({"flows.heartbeat_frequency": None})
        with silent, _quiet(), redacting_requests(), events_kept():
            try:
                yield
            finally:
                # Also after a failure: what is left until the interpreter ends finds no server and says so.
                send_what_is_held_back(SEND_WAIT_S)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        # Not read anew: that would create a person's ~/.prefect. Where nothing was in force, ours stays.
        if in_force is not None:
            context.GLOBAL_SETTINGS_CONTEXT = in_force


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Prefect writes to stderr about lines for its UI that it could not send off the terminal."""
    for name in ("EventsWorker", "APILogWorker"):
        logging.getLogger(name).setLevel(logging.ERROR)
    before, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        yield
    finally:
        logging.raiseExceptions = before
