"""The flow's process while more and more rows are featurized: what of it grows with the rows."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from orchestration.own_memory import peak_noted
from orchestration.result import load_said, result
from orchestration.two_workers import HANDS, WORKERS, MostTasks, two_workers

from matsluice.infra.fan_out import fan_out, in_flight_limit
from matsluice.infra.feature_store import commit_parts, look_up
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.tasks.features.chunk import CHUNK_ROWS, chunk_bounds, featurize_chunk
from matsluice.tasks.features.chunk_call import ChunkCall
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.ledger import count_rows, write_rejected
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.matrix import assemble_matrix, keys_in
from matsluice.tasks.features.row_ledger import write_ledger
from matsluice.tasks.features.wanted import first_wanted
from matsluice.tasks.ingest.enumerate_options import EnumerateOptions
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.snapshot import Snapshot, freeze, open_snapshot
from matsluice.tasks.ingest.source_batch import read_source

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK: Final = "composition.stoichiometry"
SIZES: Final = (10_000, 100_000, 1_000_000)
QUICK: Final = (2_000, 20_000)
PHASES: Final = ("look up", "chunks", "enter", "matrix", "ledger")
BYTES_BAR: Final = 200.0


def frozen(folder: Path, rows: int) -> dict[str, float]:
    """Freeze so many enumerated formulas, as a campaign's ingest does."""
    options = EnumerateOptions(sizes=(3, 4), max_coefficient=6, limit=rows)
    peaks: dict[str, float] = {}
    with peak_noted(peaks, "freeze"):
        snapshot = freeze((examine(batch) for batch in read_source("enumerate", options)), (), folder, {})
    assert snapshot.rows == rows, f"only {snapshot.rows} formulas for {rows} rows"
    (folder / "snapshot").write_text(snapshot.id)
    return peaks


def calls(snapshot: Snapshot, folder: Path, wanted: NDArray[np.int64]) -> Iterator[tuple[ChunkCall]]:
    """Give the chunks, as the flow does."""
    spec = find_block(BLOCK)
    save_array(folder / "wanted.npy", wanted)
    for start, stop in chunk_bounds(len(wanted), WORKERS, CHUNK_ROWS[spec.needs]):
        yield (
            ChunkCall(
                materials=str(snapshot.materials_file),
                wanted=str(folder / "wanted.npy"),
                start=start,
                stop=stop,
                block=BLOCK,
                store=str(folder / "features"),
                made_by=MadeBy.here(spec),
            ),
        )


def featurized(folder: Path, rows: int) -> dict[str, float]:
    """Do what the featurize stage does, and return the peak of every phase in bytes, and counts."""
    snapshot = open_snapshot(folder / (folder / "snapshot").read_text())
    spec, peaks = find_block(BLOCK), dict[str, float]()
    with two_workers(folder / "dask") as client:
        limit = in_flight_limit(client)
        with peak_noted(peaks, "look up"):
            table = block_table(folder / "features", BLOCK)
            commit_parts(table)
            keys = keys_in(snapshot.materials_file, spec.key_column, folder)
            wanted = first_wanted(keys, look_up(table, keys, folder), scratch=folder)
        with peak_noted(peaks, "chunks"), MostTasks(client) as tasks:
            done = sum(
                each.rows for each in fan_out(client, featurize_chunk, calls(snapshot, folder, wanted))
            )
        assert done == rows == snapshot.unique_materials
        with peak_noted(peaks, "enter"):
            commit_parts(table)
        del keys
        with peak_noted(peaks, "matrix"):
            matrix = assemble_matrix(snapshot.materials_file, [BLOCK], folder / "features", folder)
        with peak_noted(peaks, "ledger"):
            new = {spec.name: wanted[:, 0]}
            counts = count_rows(snapshot, matrix, new)
            write_ledger(snapshot, matrix.costs, matrix.refused_file, new, folder / "ledger.parquet")
            write_rejected(snapshot, matrix, [], folder / "rejected.parquet")
    assert counts["computed"] == rows
    return {**peaks, "most": tasks.most, "limit": limit}


STEPS: Final[Mapping[str, Callable[[Path, int], dict[str, float]]]] = {
    "freeze": frozen,
    "featurize": featurized,
}


def in_a_process(step: str, folder: Path, rows: int) -> dict[str, float]:
    """Do one step in a process of its own."""
    command = [sys.executable, sys.argv[0], "--step", step, "--folder", str(folder), "--rows", str(rows)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Give the peaks at every size, and the slopes between the last two."""
    sizes = QUICK if quick else SIZES
    ingested, staged = [], []
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            ingested.append(in_a_process("freeze", Path(folder), rows))
            staged.append(in_a_process("featurize", Path(folder), rows))
        largest = max(staged[-1][phase] for phase in PHASES)
        yield result(f"{rows} rows: largest memory of the driver, featurize", largest / 1e6, "MB")
        yield result(f"{rows} rows: of this while chunks are handed out", staged[-1]["chunks"] / 1e6, "MB")
        yield result(
            f"{rows} rows: most tasks the scheduler knew at once",
            staged[-1]["most"],
            "tasks",
            HANDS * staged[-1]["limit"],
        )
        yield result(f"{rows} rows: largest memory of the driver, ingest", ingested[-1]["freeze"] / 1e6, "MB")
    load_said()
    between = sizes[-1] - sizes[-2]
    for phase in PHASES:
        slope = (staged[-1][phase] - staged[-2][phase]) / between
        yield result(f"featurize, {phase}: slope of the peak", slope, "B/row")
    slope = (
        max(staged[-1][phase] for phase in PHASES) - max(staged[-2][phase] for phase in PHASES)
    ) / between
    yield result("featurize: slope of the largest memory", slope, "B/row", None if quick else BYTES_BAR)
    slope = (ingested[-1]["freeze"] - ingested[-2]["freeze"]) / between
    yield result("ingest: slope of the peak", slope, "B/row")
