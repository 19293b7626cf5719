"""The part of an embedded Prefect server that makes and watches runs by itself: only where something is scheduled.

What an embedded server does at intervals costs a run a few percent of a core, so a workspace without schedules
does without. A file beside the database says that it has some. A server reads it when it starts; one that was
started before, by a run that is under way, is started again by its guard on the same port and database.
"""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from matsluice.infra.mistakes import Failed
from matsluice.infra.servers.prefect_server import START_TIMEOUT_S
from matsluice.infra.servers.prefect_settings import IDLE_SERVICES, prefect_folder
from matsluice.infra.servers.server_record import read_record

MARK = "scheduled"
LOOK_EVERY_S = 0.2

# No proxy, whatever the environment names: the server is on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def heed_schedules() -> None:
    """Turn the services on where the working folder, which is the database's, says that there are schedules."""
    if Path(MARK).exists():
        for service in IDLE_SERVICES:
            os.environ.pop(f"PREFECT_SERVER_SERVICES_{service}_ENABLED", None)


def mark_scheduled(workspace: Path, *, scheduled: bool = True) -> None:
    """Note whether the workspace has schedules, for servers that start from now on."""
    mark = prefect_folder(workspace) / MARK
    if scheduled:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def makes_runs(api_url: str) -> bool:
    """Return whether the server at `api_url` makes runs by schedule."""
    try:
        with _OPENER.open(f"{api_url}/admin/settings", timeout=10) as answer:
            settings = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return bool(settings["server"]["services"]["scheduler"]["enabled"])


def start_services(workspace: Path, api_url: str) -> None:
    """See to it that the workspace's embedded server, which answers, makes runs by schedule.

    Runs that use it meanwhile wait a few seconds for their requests.

    Raises
    ------
    Failed
        It does not come to.
    """
    mark_scheduled(workspace)
    deadline, told = time.monotonic() + START_TIMEOUT_S, False
    while not makes_runs(api_url):
        if time.monotonic() > deadline:
            raise Failed(
                f"the Prefect server of {workspace} makes no runs by schedule: end the runs that use it, and try again"
            )
        if not told:
            told = _have_started_again(workspace)
        time.sleep(LOOK_EVERY_S)


def _have_started_again(workspace: Path) -> bool:
    """Have the guard's server end in good order, which its guard takes for a kill; return whether it was told."""
    record = read_record(prefect_folder(workspace).parent / "prefect.json")
    if record is None or not record.running:
        return False
    children = Path(f"/proc/{record.pid}/task/{record.pid}/children").read_text(encoding="ascii").split()
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGUSR1)
    return bool(children)
