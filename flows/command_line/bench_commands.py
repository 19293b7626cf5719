"""Published benchmarks: our recipes on their folds."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Benchmark(StrEnum):
    """The benchmarks there are."""

    matbench = "matbench"


def add_to(app: typer.Typer) -> None:
    """Add bench."""
    app.command("bench")(bench)


def bench(
    benchmark: Annotated[Benchmark, typer.Argument(metavar="BENCHMARK", help="matbench.")],  # noqa: ARG001 - there is one
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder with its tables and folds.")],
    tasks: Annotated[str, typer.Option(help="Tasks, with commas between; all if left out.")] = "",
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where folds and results.json.gz go; kept, to go on from.")
    ] = Path("matbench-results"),
    recipes: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Campaign files, one named after each task.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, max=1024, help="Processes; as many as cores if left out.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Fit the recipes on the official folds and compare with what is published."""
    from matsluice.flows.benchmark import chosen_entries, cores, recipe_folder, run_benchmark
    from matsluice.flows.command_line.bench_text import bench_lines
    from matsluice.tasks.leaderboard.published import read_leaderboard

    names = [name.strip() for name in tasks.split(",") if name.strip()]
    entries = chosen_entries(data, names, recipes or recipe_folder())
    published = read_leaderboard(data / "leaderboard.csv")
    scores = run_benchmark(entries, out, workers or cores(), told=_say)
    if as_json:
        print(json.dumps(scores))
        return
    for line in bench_lines(scores, published):
        print(line)
    print(f"for matbench: {out / 'results.json.gz'}")


def _say(done: int, everything: int) -> None:
    print(f"{done} of {everything} folds", file=sys.stderr, flush=True)
