"""A hundred thousand chunks of no work: what each leaves behind in the process of driver and scheduler."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from orchestration.own_memory import give_back_unused, resident
from orchestration.result import load_said, result
from orchestration.two_workers import HANDS, WORKERS, most_tasks, tasks_known, two_workers

from matsluice.infra.fan_out import CHUNKS_PER_WORKER, fan_out

FEW, MANY = 10_000, 100_000
QUICK: Final = (1_000, 5_000)
# Interpreter noise: arenas that are not given back. A list of the calls alone would be ten times as much.
BYTES_BAR: Final = 20.0


def nothing(number: int) -> int:
    """Return the number: a chunk without work."""
    return number


def here(few: int, many: int) -> dict[str, float]:
    """Send the chunks from this process, and return memory, time and tasks."""
    with tempfile.TemporaryDirectory() as scratch, two_workers(Path(scratch)) as client:
        with most_tasks(client) as tasks:
            began = time.perf_counter()
            sizes: dict[int, int] = {}
            blocks: dict[int, int] = {}
            total = 0
            for done, number in enumerate(fan_out(client, nothing, ((n,) for n in range(many))), start=1):
                total += number
                if done in {few, many}:
                    gc.collect()
                    give_back_unused()
                    sizes[done], blocks[done] = resident(), sys.getallocatedblocks()
            seconds = time.perf_counter() - began
        assert total == many * (many - 1) // 2, "a chunk was lost, or came twice"
        forgotten_by = time.monotonic() + 10
        while tasks_known(client) and time.monotonic() < forgotten_by:
            time.sleep(0.05)
        return {
            "few": sizes[few],
            "many": sizes[many],
            "blocks": (blocks[many] - blocks[few]) / (many - few),
            "seconds": seconds,
            "most": tasks.most,
            "left": tasks_known(client),
        }


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Give what was measured in a process of its own."""
    few, many = QUICK if quick else (FEW, MANY)
    command = [sys.executable, sys.argv[0], "--step", "chunks", "--rows", str(few), str(many)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found = json.loads(done.stdout.splitlines()[-1])
    yield result(f"{many} chunks of no work through fan_out", many / found["seconds"], "chunks/s")
    load_said()
    yield result(f"driver and scheduler after {few} chunks", found["few"] / 1e6, "MB")
    yield result(f"driver and scheduler after {many} chunks", found["many"] / 1e6, "MB")
    growth = (found["many"] - found["few"]) / (many - few)
    yield result("growth of driver and scheduler", growth, "B/chunk", None if quick else BYTES_BAR)
    yield result("growth of the number of Python objects", found["blocks"], "1/chunk")
    yield result(
        "most tasks the scheduler knew at once", found["most"], "tasks", HANDS * CHUNKS_PER_WORKER * WORKERS
    )
    yield result("tasks the scheduler knows afterwards", found["left"], "tasks", 0)
