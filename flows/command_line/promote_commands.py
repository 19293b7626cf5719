"""The champion of a registered model, moved by a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from matsluice.infra.mistakes import InvalidInput


def add_to(app: typer.Typer) -> None:
    """Add promote."""
    app.command("promote")(promote)


def promote(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name in the registry.")],
    version: Annotated[
        str | None,
        typer.Argument(metavar="[VERSION]", help="A version's number or alias; the challenger if left out."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is written down beside the move.")
    ] = None,
    rollback: Annotated[
        bool,
        typer.Option("--rollback", help="Back to the version that was champion before, again and again."),
    ] = False,
    show: Annotated[
        bool, typer.Option("--list", help="Show versions, scores, aliases and reasons; move nothing.")
    ] = False,
    campaign: Annotated[
        Path | None, typer.Option("--campaign", metavar="F", help="Campaign file whose registry is meant.")
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", metavar="DIR", help="Workspace with the registry.")
    ] = None,
    uri: Annotated[
        str | None, typer.Option("--uri", metavar="URI", help="Address of an MLflow server or database.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Make a version of a registered model the champion, which is what predicts under its name.

    Runs promote a new version by themselves where it is better beyond noise, as tracking.promote says.
    """
    _check(version, reason, rollback=rollback, show=show)
    from matsluice.flows import promote as registry
    from matsluice.flows.command_line.promote_text import list_lines, move_lines

    store = registry.open_registry(campaign, workspace, uri)
    if show:
        told, lines = (found := registry.listed(store, name)), list_lines(found)
    else:
        why = reason or ""
        done = (
            registry.roll_back(store, name, why) if rollback else registry.promote(store, name, version, why)
        )
        told, lines = done, move_lines(done)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return
    for line in lines:
        print(line)


def _check(version: str | None, reason: str | None, *, rollback: bool, show: bool) -> None:
    """Raise InvalidInput where the options say several things at once, or leave the reason out."""
    if show and (version is not None or reason is not None or rollback):
        raise InvalidInput("--list moves nothing: leave VERSION, --reason and --rollback out")
    if rollback and version is not None:
        raise InvalidInput(
            f'--rollback goes to the version that was champion before; to go to "{version}" leave --rollback out'
        )
    if not show and not (reason or "").strip():
        raise InvalidInput('why the champion is moved is written down beside it: give --reason "…"')
