"""To begin: a first campaign, and the pages of the servers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add init and ui."""
    app.command("init")(init)
    app.command("ui")(ui)


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to.")]) -> None:
    """Write a first campaign that runs as it stands: a commented file and a small table."""
    from matsluice.flows.campaign_file import write_starter

    for path in write_starter(folder):
        print(f"wrote {path}")
    print(f"see what it would do:  matsluice plan {folder / 'campaign.toml'}")
    print(f"do it:                 matsluice run {folder / 'campaign.toml'}")


def ui(
    campaign_file: Annotated[
        Path | None, typer.Argument(metavar="[F]", help="Campaign file whose workspace is shown.")
    ] = None,
    workspace: Annotated[Path | None, typer.Option(help="Workspace to show.")] = None,
    prefect_port: Annotated[
        int | None, typer.Option(help="Port of the Prefect UI; a free one if left out.")
    ] = None,
    mlflow_port: Annotated[
        int | None, typer.Option(help="Port of the MLflow UI; a free one if left out.")
    ] = None,
) -> None:
    """Start the MLflow UI and the Prefect UI on a workspace and print their addresses."""
    from matsluice.flows.command_line.chosen import chosen_tracking, chosen_workspace
    from matsluice.flows.command_line.link_text import run_page_lines
    from matsluice.infra.interruption import listening_to_signals, wait_for_stop
    from matsluice.infra.servers.ui import open_ui
    from matsluice.infra.tracking.access import named_uri

    folder = chosen_workspace(campaign_file, workspace)
    tracking_uri = named_uri(chosen_tracking(campaign_file))
    with listening_to_signals(), open_ui(folder, prefect_port, mlflow_port, tracking_uri) as pages:
        print(f"MLflow   {pages.mlflow_url}", flush=True)
        print(f"Prefect  {pages.prefect_url}", flush=True)
        for line in run_page_lines(folder, pages.mlflow_url, pages.prefect_url):
            print(line, flush=True)
        print("Ctrl-C stops both.", flush=True)
        wait_for_stop()
