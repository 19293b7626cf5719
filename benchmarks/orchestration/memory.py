"""The flow's process while more and more rows are featurized: what of it grows with the rows.

Resident memory is of two kinds. Behind one there is a file: libraries, and whatever here is as long as the data, which
stands in nameless files of the run's folder; the kernel takes such pages back when memory is short, so they grow with
the rows and cost nobody anything. Behind the other there is none, and where it does not fit, the process is ended:
that one has to be flat, and the bar is on it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from orchestration.own_memory import ANONYMOUS, peak_noted
from orchestration.result import load_said, result
from orchestration.two_workers import HANDS, WORKERS, most_tasks, two_workers

from matsluice.infra.fan_out import fan_out, in_flight_limit
from matsluice.infra.feature_store import commit_parts, look_up
from matsluice.infra.feature_store.claims import claiming
from matsluice.infra.workspace.atomic_files import save_array
from matsluice.infra.workspace.scratch_arrays import picked
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
from matsluice.tasks.ingest.survey import survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK: Final = "composition.stoichiometry"
SIZES: Final = (10_000, 100_000, 1_000_000)
QUICK: Final = (2_000, 20_000)
INGEST_PHASES: Final = ("preflight", "freeze")
PHASES: Final = ("look up", "chunks", "enter", "matrix", "ledger")
BYTES_BAR: Final = 20.0


def frozen(folder: Path, rows: int) -> dict[str, float]:
    """Look at so many enumerated formulas, and freeze them, as a campaign's preflight and ingest do."""
    options = EnumerateOptions(sizes=(3, 4), max_coefficient=6, limit=rows)
    peaks: dict[str, float] = {}
    with peak_noted(peaks, "preflight"):
        seen = survey((examine(batch) for batch in read_source("enumerate", options)), folder)
    assert seen.materials == seen.rows == rows
    del seen
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
        with (
            peak_noted(peaks, "chunks"),
            most_tasks(client) as tasks,
            claiming(table, picked(keys, wanted[:, 0], folder), folder) as claim,
        ):
            assert claim.free.all()
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
    """Do one step in a process of its own, and note how long it took from beginning to end."""
    command = [sys.executable, sys.argv[0], "--step", step, "--folder", str(folder), "--rows", str(rows)]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "seconds": time.perf_counter() - began}


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Give the peaks at every size, and the slopes between the last two."""
    sizes = QUICK if quick else SIZES
    ingested, staged = [], []
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            ingested.append(in_a_process("freeze", Path(folder), rows))
            staged.append(in_a_process("featurize", Path(folder), rows))
        yield from of_size(rows, ingested[-1], staged[-1])
    load_said()
    between = sizes[-1] - sizes[-2]
    bar = None if quick else BYTES_BAR
    for kind in ("", ANONYMOUS):
        for stage, found, phases in (("ingest", ingested, INGEST_PHASES), ("featurize", staged, PHASES)):
            few, many = ([some[phase + kind] for phase in phases] for some in found[-2:])
            for phase, one, other in zip(phases, few, many, strict=True):
                yield result(f"{stage}, {phase}: slope of memory{kind}", (other - one) / between, "B/row")
            slope = (max(many) - max(few)) / between
            yield result(f"{stage}: slope of the largest memory{kind}", slope, "B/row", bar if kind else None)


def of_size(
    rows: int, ingested: Mapping[str, float], staged: Mapping[str, float]
) -> Iterator[dict[str, Any]]:
    """Give what was measured with so many rows."""
    for kind in ("", ANONYMOUS):
        for stage, found, phases in (("ingest", ingested, INGEST_PHASES), ("featurize", staged, PHASES)):
            largest = max(found[phase + kind] for phase in phases)
            yield result(f"{rows} rows: {stage}, largest memory{kind}", largest / 1e6, "MB")
    yield result(
        f"{rows} rows: most tasks the scheduler knew at once",
        staged["most"],
        "tasks",
        HANDS * staged["limit"],
    )
    seconds = ingested["seconds"] + staged["seconds"]
    yield result(f"{rows} rows: ingest and featurize, from beginning to end", seconds, "s")
