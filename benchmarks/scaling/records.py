"""What a campaign writes for ten times the rows: to the databases, where it must not matter, and to the disk."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from orchestration.result import load_said, result

from matsluice.tasks.ingest.enumerate_options import EnumerateOptions
from matsluice.tasks.ingest.source_batch import read_source

ROWS: Final = (2_000, 20_000)
QUICK: Final = (200, 2_000)
CAMPAIGN: Final = """\
[campaign]
name = "scale"
workspace = "workspace"
[data]
source = "csv"
path = "table.csv"
formula = "composition"
[[targets]]
column = "length"
unit = "1"
[features]
blocks = ["composition.elemental", "composition.magpie"]
[validation]
folds = 3
splits = ["random"]
[[models]]
kind = "dummy"
[[models]]
kind = "ridge"
[cluster]
workers = 2
"""
# Rows a database may have more for ten times the data: none that go with it.
MORE_BAR: Final = 25.0


def write_table(file: Path, rows: int) -> None:
    """Write formulas with a number to learn."""
    options = EnumerateOptions(sizes=(4,), max_coefficient=4, limit=rows)
    formulas = [text for batch in read_source("enumerate", options) for text in batch.formulas]
    assert len(formulas) == rows, f"{len(formulas)} formulas were made, {rows} are needed"
    lines = [f"{formula},{len(formula)}" for formula in formulas]
    file.write_text("\n".join(["composition,length", *lines, ""]), encoding="utf-8")


def rows_of(database: Path) -> int:
    """Return the rows in all tables of a SQLite database."""
    with closing(sqlite3.connect(database)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        counts = (connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names)  # noqa: S608
        return sum(counts)


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def here(folder: Path, rows: int) -> dict[str, float]:
    """Run a campaign of so many rows, and count what it has written."""
    write_table(folder / "table.csv", rows)
    (folder / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    # The workspace's own servers, whatever this shell is set to.
    mine = {key: text for key, text in os.environ.items() if not key.startswith(("PREFECT_", "MLFLOW_"))}
    command = [str(Path(sys.executable).with_name("matsluice")), "run", "campaign.toml", "--json"]
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env=mine, check=True, stdout=subprocess.PIPE, text=True
    )
    assert json.loads(done.stdout)["features"]["rows_in"] == rows
    workspace = folder / "workspace"
    (run,) = (path.parent for path in workspace.glob("runs/scale/2*/state.json"))
    logs = list((workspace / "features").rglob("_delta_log/*.json"))
    return {
        "Prefect rows": sum(rows_of(file) for file in workspace.rglob("prefect*.db")),
        "MLflow rows": rows_of(workspace / "mlflow.db"),
        "commits": len(logs),
        "parts": len(list((workspace / "features").rglob("*.parquet"))),
        "store": size_of(workspace / "features"),
        "snapshot": size_of(workspace / "snapshots"),
        "run": size_of(run),
        "MLflow artifacts": size_of(workspace / "mlartifacts"),
    }


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Give the counts of both sizes, and what a row adds."""
    found = []
    sizes = QUICK if quick else ROWS
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found.append(here(Path(folder), rows))
        for name in ("Prefect rows", "MLflow rows", "commits", "parts"):
            yield result(f"{rows} rows: {name}", found[-1][name], "")
    few, many = found
    for name in ("Prefect rows", "MLflow rows"):
        yield result(f"{name} more for ten times the data", abs(many[name] - few[name]), "", MORE_BAR)
    yield result("commits to the store more for ten times the data", many["commits"] - few["commits"], "", 0)
    for name in ("store", "snapshot", "run", "MLflow artifacts"):
        yield result(f"{name}: disk", (many[name] - few[name]) / (sizes[1] - sizes[0]), "B/row")
    load_said()
