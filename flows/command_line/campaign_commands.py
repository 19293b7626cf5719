"""A campaign: what it would cost, running it, where it stands, its report."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

CampaignFile = Annotated[Path, typer.Argument(metavar="F", help="Campaign file.")]
InPlace = Annotated[
    Path | None, typer.Option("--workspace", metavar="DIR", help="Folder in place of the file's.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def add_to(app: typer.Typer) -> None:
    """Add plan, run, status and report."""
    app.command("plan")(plan)
    app.command("run")(run)
    app.command("status")(status)
    app.command("report")(report)


def plan(campaign_file: CampaignFile, workspace: InPlace = None, as_json: AsJson = False) -> None:
    """Say what a run would do: rows, chunks, cost, and what is computed already. Nothing is written."""
    from matsluice.flows.campaign_file import load_campaign
    from matsluice.flows.command_line.plan_text import plan_lines
    from matsluice.flows.plan import plan_campaign

    planned = plan_campaign(load_campaign(campaign_file, workspace=workspace))
    if as_json:
        print(json.dumps(planned))
        return
    for line in plan_lines(planned):
        print(line)


def run(
    campaign_file: CampaignFile,
    workspace: InPlace = None,
    retry: Annotated[
        str,
        typer.Option(
            metavar="REASONS",
            help="Try refused rows again, by reason: raised, timeout, memory, killed, not-finite or all.",
        ),
    ] = "",
    metrics_port: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            max=65535,
            help="Show metrics for Prometheus at this port, 0 for any that is free.",
        ),
    ] = None,
    metrics_host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Interface of that port; loopback if left out.")
    ] = "",
    metrics_file: Annotated[
        Path | None,
        typer.Option(metavar="X.prom", help="Write metrics to a file for node_exporter, every 15 s."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a campaign; after an interruption the same command goes on."""
    from matsluice.flows.command_line.run_in_terminal import run_in_terminal
    from matsluice.flows.command_line.summary_text import summary_lines
    from matsluice.infra.metrics import place_chosen
    from matsluice.tasks.features.wanted import retry_reasons

    reasons = retry_reasons(retry) if retry else ()
    metrics = place_chosen(os.environ, metrics_port, metrics_host, metrics_file)
    summary = run_in_terminal(campaign_file, workspace, reasons, metrics=metrics, quiet=as_json)
    if as_json:
        print(json.dumps(summary))
        return
    for line in summary_lines(summary):
        print(line)


def status(
    campaign_file: Annotated[
        Path | None, typer.Argument(metavar="[F]", help="Campaign file; all campaigns if left out.")
    ] = None,
    workspace: InPlace = None,
    as_json: AsJson = False,
) -> None:
    """Say where a campaign stands, during a run and after."""
    from matsluice.flows.command_line.chosen import all_latest_runs, chosen_workspace, latest_run
    from matsluice.flows.command_line.status_text import status_lines, status_record

    runs = (
        [latest_run(campaign_file, workspace)]
        if campaign_file is not None
        else all_latest_runs(chosen_workspace(None, workspace))
    )
    records = [status_record(each) for each in runs]
    if as_json:
        print(json.dumps({"runs": records}))
        return
    for record in records:
        for line in status_lines(record):
            print(line)


def report(campaign_file: CampaignFile, workspace: InPlace = None, as_json: AsJson = False) -> None:
    """Write the report of the latest run anew and say where it is."""
    from matsluice.flows.command_line.chosen import latest_run
    from matsluice.flows.command_line.status_text import present_status
    from matsluice.flows.page import refresh_page

    latest = latest_run(campaign_file, workspace)
    path = refresh_page(latest, present_status(latest))
    print(json.dumps({"report": str(path)}) if as_json else path)
