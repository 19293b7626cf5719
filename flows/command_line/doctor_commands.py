"""`matsluice doctor`: what is set, there, alike, writable and fast enough, and what to do where it is not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from matsluice.infra.doctor import Result


def add_to(app: typer.Typer) -> None:
    """Add doctor."""
    app.command("doctor")(doctor)


def doctor(
    campaign_file: Annotated[
        Path | None, typer.Argument(metavar="[F]", help="Campaign file whose surroundings are examined.")
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Workspace in place of the file's.")
    ] = None,
    only: Annotated[str, typer.Option(metavar="NAMES", help="Checks or families, with commas between.")] = "",
    write: Annotated[
        bool, typer.Option("--write", help="Also record a run in MLflow, and delete it.")
    ] = False,
    constraints: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Versions to compare with, as name==version.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Look at everything a campaign stands on, and say what to do where it is not in order.

    Packages, disk, memory, Prefect, MLflow, feature store and cluster. Exit code 4 where a check fails.
    """
    from matsluice.flows.command_line.doctor_text import head_lines, last_lines, result_lines
    from matsluice.flows.doctor import record_of, results, subject_of
    from matsluice.infra.mistakes import Failed

    campaign = None
    if campaign_file is not None:
        from matsluice.flows.campaign_file import load_campaign

        campaign = load_campaign(campaign_file, workspace=workspace)
    subject = subject_of(campaign, workspace, constraints, write=write)
    words = [word.strip() for word in only.split(",") if word.strip()]
    found: list[Result] = []
    family = ""
    if not as_json:
        _print(head_lines(subject))
    for one in results(subject, words):
        if not as_json and (lines := list(result_lines(one, family, colour=sys.stdout.isatty()))):
            _print(lines)
            family = one.spec.name.partition(".")[0]
        found.append(one)
    if as_json:
        print(json.dumps(record_of(subject, found)))
    else:
        _print(last_lines(found))
    failed = [one.spec.name for one in found if one.finding.status == "failure"]
    if failed:
        raise Failed(f"{len(failed)} of {len(found)} checks: {', '.join(failed)}")


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)
