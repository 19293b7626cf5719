"""What a chunk and a worker cost the scheduler and the driver, and at how many workers either has no time left."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from orchestration.result import load_said, result
from scaling.standing_cluster import standing_cluster

from matsluice.infra.fan_out import CHUNKS_PER_WORKER, fan_out
from matsluice.tasks.features.chunk_call import ChunkCall
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy

if TYPE_CHECKING:
    from distributed import Client

WORKERS: Final = (2, 16)
CHUNKS, QUICK_CHUNKS = 4000, 500
IDLE_S, QUICK_IDLE_S = 20.0, 4.0
# As many calls under way as a campaign has with so many workers.
AS_WITH_WORKERS: Final = (16, 256, 1024)
CHUNK_SECONDS: Final = (1.0, 10.0, 60.0)


def call(number: int) -> ChunkCall:
    """Return a call as a campaign sends it; nobody opens its files."""
    spec = find_block("composition.magpie")
    return ChunkCall(
        materials="campaign/workspace/snapshots/0123456789abcdef/materials.parquet",
        wanted="campaign/workspace/runs/campaign/20260101T000000/work/wanted-now.npy",
        start=number * 16384,
        stop=(number + 1) * 16384,
        block="composition.magpie",
        store="campaign/workspace/features",
        made_by=MadeBy.here(spec),
    )


def _scheduler_cpu(client: Client) -> float:
    # Only an asynchronous client gives something to await.
    return cast("float", client.run_on_scheduler(time.process_time))


def here(workers: int, chunks: int, idle_s: float) -> dict[str, float]:
    """Return processor seconds: of the scheduler for an idle worker, and of both for a chunk."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, standing_cluster(Path(name), workers) as client:
        list(fan_out(client, hash, ((call(i),) for i in range(50 * workers))))
        before = _scheduler_cpu(client)
        time.sleep(idle_s)
        found["idle"] = (_scheduler_cpu(client) - before) / idle_s
        for as_with in AS_WITH_WORKERS:
            before, own, began = _scheduler_cpu(client), time.process_time(), time.perf_counter()
            calls = ((call(i),) for i in range(chunks))
            done = sum(1 for _ in fan_out(client, hash, calls, in_flight=CHUNKS_PER_WORKER * as_with))
            assert done == chunks
            found[f"seconds {as_with}"] = (time.perf_counter() - began) / chunks
            found[f"driver {as_with}"] = (time.process_time() - own) / chunks
            found[f"scheduler {as_with}"] = (_scheduler_cpu(client) - before) / chunks
    return found


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Give the costs, and what follows from them."""
    found = {}
    for workers in WORKERS[:1] if quick else WORKERS:
        numbers = (workers, QUICK_CHUNKS if quick else CHUNKS, QUICK_IDLE_S if quick else IDLE_S)
        command = [sys.executable, sys.argv[0], "--step", "scheduler", "--numbers", *map(str, numbers)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
        found[workers] = json.loads(done.stdout.splitlines()[-1])
        cost = found[workers]
        yield result(f"{workers} idle workers: scheduler, processor time", 1e3 * cost["idle"], "ms/s")
        for as_with in AS_WITH_WORKERS:
            title = f"{workers} workers, calls under way as with {as_with}"
            yield result(f"{title}: scheduler", 1e3 * cost[f"scheduler {as_with}"], "ms/chunk")
            yield result(f"{title}: driver", 1e3 * cost[f"driver {as_with}"], "ms/chunk")
            yield result(f"{title}: chunks of no work", 1 / cost[f"seconds {as_with}"], "chunks/s")
    load_said()
    most = max(found)
    per_worker = found[most]["idle"] / most
    yield result("an idle worker costs the scheduler", 1e3 * per_worker, "ms/s")
    for seconds in CHUNK_SECONDS:
        for who, beside in (("scheduler", per_worker), ("driver", 0.0)):
            for_chunk = found[most][f"{who} {AS_WITH_WORKERS[-1]}"]
            yield result(
                f"chunks of {seconds:g} s: the {who} is busy at",
                1 / (for_chunk / seconds + beside),
                "workers",
            )
