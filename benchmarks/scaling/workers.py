"""How much more sixteen workers do than one: chunks through the whole path of a campaign, whose rows only wait."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.parquet as pq
from orchestration.result import load_said, result

from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.clusters.local import LocalOptions, open_cluster
from matsluice.infra.fan_out import fan_out
from matsluice.infra.feature_store import commit_parts, look_up
from matsluice.tasks.features.chunk import featurize_chunk
from matsluice.tasks.features.chunk_call import ChunkCall
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block, use_plugins
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.matrix import keys_in
from matsluice.tasks.features.plugins import PluginFile, read_plugin
from matsluice.tasks.ingest.enumerate_options import EnumerateOptions
from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.snapshot import freeze
from matsluice.tasks.ingest.source_batch import read_source

if TYPE_CHECKING:
    from distributed import Client

PLUGIN: Final = Path(__file__).with_name("sleeping.py")
BLOCK: Final = "sleeping.elements"
WORKERS: Final = (1, 2, 4, 8, 16)
# A chunk of a second, the shortest a campaign should have; each worker's share ends with a chunk at most to wait for.
CHUNK_ROWS, CHUNKS_EACH = 50, 40
QUICK_EACH: Final = 5
EFFICIENCY_BAR: Final = 0.9


@dataclass(frozen=True)
class Workers:
    """What a campaign's [cluster] says."""

    workers: int
    kind: str = "local"
    memory_per_worker_bytes: int = 1024**3
    threads_per_worker: int = 1
    address: str = ""
    options: ClusterOptions = field(default_factory=LocalOptions)


@dataclass(frozen=True)
class Frozen:
    """Materials on disk, and the calls that compute them."""

    folder: Path
    materials: Path
    plugin: PluginFile

    def call(self, chunk: int, store: str = "features", rows: int = CHUNK_ROWS) -> ChunkCall:
        """Return the call of a chunk."""
        return ChunkCall(
            materials=str(self.materials),
            wanted=str(self.folder / "wanted.npy"),
            start=chunk * CHUNK_ROWS,
            stop=chunk * CHUNK_ROWS + rows,
            block=BLOCK,
            store=str(self.folder / store),
            made_by=MadeBy.here(find_block(BLOCK)),
            plugins=(self.plugin,),
        )

    def check(self, rows: int) -> None:
        """Raise AssertionError where a row is not in the store."""
        table = block_table(self.folder / "features", BLOCK)
        commit_parts(table)
        found = look_up(table, keys_in(self.materials, find_block(BLOCK).key_column))
        assert found.found.sum() == rows, f"{found.found.sum()} of {rows} rows are in the store"


def frozen(folder: Path, rows: int) -> Frozen:
    """Freeze so many formulas, as a campaign's ingest does."""
    plugin = read_plugin(PLUGIN)
    use_plugins((plugin,))
    options = EnumerateOptions(sizes=(4,), max_coefficient=4, limit=rows)
    snapshot = freeze((examine(batch) for batch in read_source("enumerate", options)), (), folder, {})
    made = pq.read_metadata(snapshot.materials_file).num_rows
    assert made == rows, f"{made} different materials were made, {rows} are needed"
    np.save(folder / "wanted.npy", np.stack([np.arange(rows), np.ones(rows, np.int64)], axis=1))
    return Frozen(folder, snapshot.materials_file, plugin)


def warm(client: Client, given: Frozen) -> None:
    """Have every worker start its child and compile what it needs, before anything is timed."""
    addresses = list(client.scheduler_info(n_workers=-1)["workers"])
    waiting = [
        client.submit(featurize_chunk, given.call(0, "warm", rows=2), workers=[address], pure=False)
        for address in addresses
        for _ in range(2)
    ]
    client.gather(waiting)


def here(workers: int, chunks_each: int) -> dict[str, float]:
    """Compute so many chunks for each worker, and return the time and the processor time of this process."""
    chunks = workers * chunks_each
    with tempfile.TemporaryDirectory() as name:
        given = frozen(Path(name), chunks * CHUNK_ROWS)
        opened = open_cluster(Workers(workers), Path(name) / "dask")
        try:
            opened.client.wait_for_workers(workers)
            warm(opened.client, given)
            began, cpu = time.perf_counter(), time.process_time()
            done = sum(
                each.rows
                for each in fan_out(opened.client, featurize_chunk, ((given.call(i),) for i in range(chunks)))
            )
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        finally:
            opened.close()
        given.check(done)
    return {"seconds": seconds, "cpu": cpu, "chunks": chunks}


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Give throughput and efficiency for every number of workers."""
    alone = 0.0
    for workers in WORKERS[:3] if quick else WORKERS:
        each = QUICK_EACH if quick else CHUNKS_EACH
        command = [sys.executable, sys.argv[0], "--step", "workers", "--numbers", str(workers), str(each)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
        found = json.loads(done.stdout.splitlines()[-1])
        rate = found["chunks"] / found["seconds"]
        alone = alone or rate
        yield result(f"workers {workers}: chunks of one second, done", rate, "chunks/s")
        bar = EFFICIENCY_BAR if workers == WORKERS[-1] else None
        yield result(
            f"workers {workers}: efficiency, one worker being 1",
            rate / alone / workers,
            "",
            bar,
            at_least=True,
        )
        yield result(
            f"workers {workers}: driver and scheduler, processor time",
            1e3 * found["cpu"] / found["chunks"],
            "ms/chunk",
        )
    load_said()
