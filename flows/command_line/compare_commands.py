"""Runs against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add compare."""
    app.command("compare")(compare)


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN…",
            help="A run's folder or id, a campaign's name or file (its latest run), or an id of MLflow. "
            "Further runs are compared with the first; of a single one, its models with its champion.",
        ),
    ],
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", metavar="DIR", help="Where ids are looked for; ./workspace if left out."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what differed between runs, and whether it matters: errors paired over folds, with their uncertainty."""
    from matsluice.flows.command_line.compare_text import comparison_lines
    from matsluice.flows.compare import compare_runs

    found = compare_runs(runs, workspace)
    if as_json:
        print(json.dumps({"comparisons": [each.record() for each in found]}, ensure_ascii=False))
        return
    for place, each in enumerate(found):
        for line in ([""] if place else []) + list(comparison_lines(each)):
            print(line)
