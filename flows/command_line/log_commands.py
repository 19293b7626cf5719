"""What a run says of itself: its log, live or afterwards."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from matsluice.flows.command_line.campaign_commands import CampaignFile, InPlace


def add_to(app: typer.Typer) -> None:
    """Add logs."""
    app.command("logs")(logs)


def logs(
    campaign_file: CampaignFile,
    workspace: InPlace = None,
    run: Annotated[str, typer.Option(metavar="ID", help="A run's id; the latest if left out.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on while the run does.")] = False,
    level: Annotated[
        str, typer.Option(metavar="LEVEL", help="debug, info, warning or error, and what is graver.")
    ] = "",
    stage: Annotated[str, typer.Option(metavar="STAGE", help="Of one stage, such as featurize.")] = "",
    chunk: Annotated[
        str, typer.Option(metavar="NAME", help="Of chunks whose name contains this; down to debug.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the lines as they are kept.")] = False,
) -> None:
    """Print what a run has said: stages, workers that came and went, refused rows, errors with their traces."""
    from matsluice.flows.command_line.chosen import chosen_run
    from matsluice.flows.command_line.log_text import log_lines, wanted_lines
    from matsluice.flows.command_line.status_text import present_status
    from matsluice.infra.run_log import follow_lines, read_lines

    wanted = wanted_lines(level, stage, chunk)
    chosen = chosen_run(campaign_file, workspace, run)
    found = (
        follow_lines(chosen.path, wanted, lambda: present_status(chosen) == "running")
        if follow
        else read_lines(chosen.path, wanted)
    )
    try:
        with suppress(KeyboardInterrupt):  # the way to stop following
            for line in found:
                for text in (json.dumps(line, ensure_ascii=False),) if as_json else log_lines(line):
                    print(text, flush=follow)
        sys.stdout.flush()
    except BrokenPipeError:  # of `| head`; what is left in the buffer must not be tried again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
