"""Running a campaign file from Python or from the command line."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign
    from matsluice.infra.metrics import MetricsPlace


def run(
    path: str | Path,
    workspace: str | Path | None = None,
    retry: Sequence[str] = (),
    metrics: MetricsPlace | None = None,
    occasion: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run a campaign to its end, from where an earlier attempt left off, and return its summary.

    Parameters
    ----------
    path
        The campaign file.
    workspace
        Folder in place of the file's.
    retry
        Reasons for which rows were refused and are tried again: "raised", "timeout", "memory", "killed",
        "not finite".
    metrics
        Where Prometheus's metrics are shown; as the environment says (MATSLUICE_METRICS_PORT, …_HOST, …_FILE)
        where left out.
    occasion
        Why it is run now, where a schedule says so; kept in the run's state.

    Raises
    ------
    InvalidInput
        The file or the data cannot be used; nothing has been written.
    Interrupted
        A stop was asked for, or the run was cancelled in Prefect (`Cancelled`); the same call goes on.
    Failed
        The run cannot go on, with the reason.
    """
    began = time.perf_counter()
    from matsluice.flows.campaign_file import load_campaign
    from matsluice.flows.preflight import preflight
    from matsluice.infra.interruption import check_stop
    from matsluice.infra.metrics import counting, place_named, showing_metrics
    from matsluice.infra.mistakes import Hindered
    from matsluice.infra.servers.prefect_away import prefect_is_away
    from matsluice.infra.servers.prefect_server import start_prefect
    from matsluice.infra.servers.prefect_settings import prefect_settings
    from matsluice.infra.workspace.disk_faults import disk_fault, disk_faults_said

    asked = load_campaign(path, workspace=workspace)
    shown = metrics or place_named(os.environ)
    shown.check()
    preflight(asked)
    check_stop()
    with (
        counting() as counted,
        showing_metrics(counted, shown) as counted.address,
        disk_faults_said(asked.workspace),
        _made(asked),
        start_prefect(asked.workspace) as server,
        prefect_settings(server.environment),
    ):
        # Prefect reads its settings when it is imported, and takes seconds to: the server starts meanwhile.
        from matsluice.flows.campaign import campaign
        from matsluice.flows.recorded import close_cancelled, drain

        server.wait_ready()
        latest = Path(asked.workspace) / "runs" / asked.name / "latest"
        try:
            directory = Path(
                campaign(str(path), None if workspace is None else str(workspace), list(retry), occasion)
            )
        except BaseException as error:
            # A server whose disk is full is away too, and mending the disk brings it back.
            of_disk = isinstance(error, Hindered) or disk_fault(error, asked.workspace) is not None
            reason = None if of_disk else prefect_is_away(error)
            if reason is None:
                with suppress(Exception):  # it must not hide what ended the run
                    close_cancelled(latest, error)
                with suppress(Exception):
                    drain(latest)
                raise
            directory = ended_without_prefect(error, reason, latest)
        else:
            drain(latest)
    return close_accounts(directory, time.perf_counter() - began)


@contextmanager
def _made(asked: Campaign) -> Iterator[None]:
    """Make the workspace and the store's folder, to be entered by whom the campaign lets enter."""
    from matsluice.infra.workspace.permissions import make_folder

    make_folder(Path(asked.workspace), private=asked.permissions == "private")
    if "://" not in asked.store:
        make_folder(Path(asked.store), private=asked.permissions == "private")
    yield


def ended_without_prefect(error: BaseException, reason: str, latest: Path) -> Path:
    """Return the folder of a run that is complete although Prefect could not be told of its end.

    Raises
    ------
    PrefectAway
        The run is not complete; the same call goes on.
    """
    from matsluice.flows.run_directory import RunDirectory
    from matsluice.infra.servers.prefect_away import PrefectAway, away_sentence

    if not latest.exists() or RunDirectory(latest.resolve()).state()["status"] != "completed":
        raise PrefectAway(away_sentence(reason)) from error
    return latest.resolve()


def close_accounts(directory: Path, wall_seconds: float) -> dict[str, Any]:
    """Count what the servers took as outside the stages, and return the final summary."""
    from matsluice.flows.run_directory import RunDirectory
    from matsluice.flows.summary import write_summary
    from matsluice.infra.workspace.atomic_files import read_json

    finished = RunDirectory(directory)
    spent = finished.state()["seconds"]
    beside = wall_seconds - spent["attempt"]
    with suppress(OSError):  # the run is complete, also where its last seconds cannot be counted
        finished.tell(
            seconds={
                "total": round(spent["total"] + beside, 3),
                "outside_stages": round(spent["outside_stages"] + beside, 3),
            }
        )
        write_summary(finished, finished.state()["status"])
    summary: dict[str, Any] = read_json(directory / "summary.json")
    return summary | {"directory": str(directory)}
