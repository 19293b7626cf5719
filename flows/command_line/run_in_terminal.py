"""A run in a terminal: the main thread has the signals and the progress, another has the run."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matsluice.infra.interruption import listening_to_signals
from matsluice.infra.mistakes import Failed, Interrupted, InvalidInput
from matsluice.infra.workspace.disk_faults import disk_fault

LOOK_EVERY_S = 0.2


def run_in_terminal(
    campaign_file: Path, workspace: Path | None, retry: Sequence[str], *, quiet: bool
) -> dict[str, Any]:
    """Run a campaign, show its progress on stderr, and return its summary.

    Raises
    ------
    InvalidInput, Interrupted, Failed
        As the run did; anything unforeseen becomes Failed, with its trace in the run's folder.
    """
    from matsluice.flows.campaign_file import load_campaign
    from matsluice.flows.command_line.progress_display import ProgressDisplay

    campaign = load_campaign(campaign_file, workspace=workspace)
    folder = Path(campaign.workspace) / "runs" / campaign.name
    outcome: dict[str, Any] = {}
    worker = threading.Thread(target=_run, args=(campaign_file, workspace, retry, outcome), name="campaign")
    with listening_to_signals(), ProgressDisplay(folder, shown=not quiet) as display:
        worker.start()
        while worker.is_alive():
            worker.join(LOOK_EVERY_S)
            display.update()
    if "error" in outcome:
        raise _as_mistake(outcome["error"], folder, Path(campaign.workspace))
    summary: dict[str, Any] = outcome["summary"]
    return summary


def _run(campaign_file: Path, workspace: Path | None, retry: Sequence[str], outcome: dict[str, Any]) -> None:
    from matsluice.flows.start import run

    try:
        outcome["summary"] = run(campaign_file, workspace, retry)
    except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
        outcome["error"] = error


def _as_mistake(error: BaseException, folder: Path, workspace: Path) -> BaseException:
    if isinstance(error, InvalidInput | Interrupted | Failed):
        return error
    fault = disk_fault(error, workspace)
    if fault is not None:
        return fault
    text = "".join(traceback.format_exception(error))
    place = folder / "latest" / "failure.txt"
    if place.parent.is_dir():
        place.write_text(text, encoding="utf-8")
        return Failed(f"{type(error).__name__}: {error} (trace in {place})")
    print(text, file=sys.stderr)
    return Failed(f"{type(error).__name__}: {error}")
