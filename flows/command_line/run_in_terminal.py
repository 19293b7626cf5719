"""A run in a terminal: the main thread has the signals and the progress, another has the run."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.flows.command_line.unforeseen import unforeseen
from matsluice.flows.logged import LOGGED
from matsluice.infra.interruption import EXIT_INTERRUPTED, listening_to_signals, stop_requested
from matsluice.infra.mistakes import Failed, Interrupted, InvalidInput
from matsluice.infra.workspace.disk_faults import disk_fault

if TYPE_CHECKING:
    from matsluice.infra.metrics import MetricsPlace

LOOK_EVERY_S = 0.2
STOP_WITHIN_S = (
    25.0  # Slurm and Kubernetes kill 30 s after they have asked; Prefect's client waits for minutes
)


def run_in_terminal(
    campaign_file: Path,
    workspace: Path | None,
    retry: Sequence[str],
    *,
    metrics: MetricsPlace | None = None,
    quiet: bool,
) -> dict[str, Any]:
    """Run a campaign, show its progress on stderr, and return its summary.

    Raises
    ------
    InvalidInput, Interrupted, Failed
        As the run did; anything unforeseen becomes Failed, with its trace in the run's log.
    """
    from matsluice.flows.campaign_file import load_campaign
    from matsluice.flows.command_line.progress_display import ProgressDisplay

    campaign = load_campaign(campaign_file, workspace=workspace)
    folder = Path(campaign.workspace) / "runs" / campaign.name
    outcome: dict[str, Any] = {}
    asked = (campaign_file, workspace, retry, metrics)
    worker = threading.Thread(target=_run, args=(asked, outcome), name="campaign")
    with listening_to_signals(), ProgressDisplay(folder, campaign_file, shown=not quiet) as display:
        worker.start()
        patience = STOP_WITHIN_S
        while worker.is_alive():
            worker.join(LOOK_EVERY_S)
            display.update()
            patience -= LOOK_EVERY_S if stop_requested() else 0.0
            if patience < 0:
                _leave_at_once(folder / "latest")
    if "error" in outcome:
        raise _as_mistake(outcome["error"], Path(campaign.workspace), campaign_file)
    summary: dict[str, Any] = outcome["summary"]
    return summary


def _leave_at_once(latest: Path) -> None:
    """End the process although the run's thread waits for a server that does not answer.

    Nothing is lost: what was computed is on disk by renaming whole files, and the state is written whole too.
    """
    from matsluice.flows.run_directory import RunDirectory

    if latest.exists():
        RunDirectory(latest.resolve()).tell(status="interrupted")
    print("interrupted: stopped on request; the same command goes on from here", file=sys.stderr, flush=True)
    os._exit(EXIT_INTERRUPTED)


def _run(asked: tuple[Any, ...], outcome: dict[str, Any]) -> None:
    from matsluice.flows.start import run

    try:
        outcome["summary"] = run(*asked)
    except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
        outcome["error"] = error


def _as_mistake(error: BaseException, workspace: Path, campaign_file: Path) -> BaseException:
    if isinstance(error, InvalidInput | Interrupted | Failed):
        return error
    fault = disk_fault(error, workspace)
    if fault is not None:
        return fault
    if hasattr(error, LOGGED):
        where = f"`matsluice logs {campaign_file} --level error` has the trace"
        return Failed(f"{type(error).__name__}: {error} ({where})")
    return unforeseen(error)
