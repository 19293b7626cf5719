"""A model at an address."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from matsluice.flows.command_line.feature_commands import Trust


def add_to(app: typer.Typer) -> None:
    """Add serve-model."""
    app.command("serve-model")(serve_model)


def serve_model(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Name in the registry; its champion if no alias.")
    ],
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for a free one.")],
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for every one of this machine.")
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="F", help="File with the token that callers name; or MATSLUICE_TOKEN."),
    ] = None,
    campaign_file: Annotated[
        Path | None, typer.Option("--campaign", metavar="F", help="Campaign file whose registry holds it.")
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Workspace with the registry.")
    ] = None,
    uri: Annotated[str | None, typer.Option(help="Address of an MLflow server with the registry.")] = None,
    batch: Annotated[int, typer.Option(min=1, help="Materials a request may have.")] = 5000,
    body_mib: Annotated[int, typer.Option(min=1, help="MiB a request's body may have.")] = 8,
    atoms: Annotated[int, typer.Option(min=1, help="Sites a structure may have.")] = 1000,
    row_timeout: Annotated[float, typer.Option(min=0.1, help="Seconds a structure may take.")] = 10.0,
    threads: Annotated[int, typer.Option(min=1, help="Requests computed at once.")] = 2,
    trust: Trust = False,
) -> None:
    """Serve a registered model over HTTP until Ctrl-C: predictions, health, metrics, documentation."""
    from matsluice.flows.command_line.chosen import chosen_tracking, chosen_workspace
    from matsluice.flows.model_service.start import serve_model as serve
    from matsluice.infra.web.access_token import chosen_token
    from matsluice.tasks.model_service.limits import MIB, ServiceLimits

    if campaign_file is not None:
        uri = uri or chosen_tracking(campaign_file) or None
        if uri is None:
            workspace = chosen_workspace(campaign_file, workspace)
    token = chosen_token(token_file)
    if token is None and host not in ("127.0.0.1", "localhost", "::1"):
        _say("no token: whoever reaches this address may ask (--token-file or MATSLUICE_TOKEN sets one)")
    limits = ServiceLimits(
        body_bytes=body_mib * MIB,
        bodies_bytes=max(128, 4 * body_mib) * MIB,
        batch=batch,
        atoms=atoms,
        row_seconds=row_timeout,
        threads=threads,
    )
    serve(
        model,
        host=host,
        port=port,
        token=token,
        limits=limits,
        say=_say,
        workspace=workspace,
        tracking_uri=uri,
        trust=trust,
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
