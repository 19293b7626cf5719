"""What a part file costs the log of its table: time to enter it, time to read the log again, bytes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from orchestration.result import load_said, result

from matsluice.infra.feature_store import KEY_DTYPE, PartRows, commit_parts, committed_parts, write_part
from matsluice.tasks.features.chunk_part import block_table

BLOCK: Final = "composition.stoichiometry"
PARTS, QUICK_PARTS = 2000, 200


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Enter parts of one row each, all in one commit, as a campaign does at its end."""
    parts = QUICK_PARTS if quick else PARTS
    with tempfile.TemporaryDirectory() as folder:
        table = block_table(Path(folder), BLOCK)
        for number in range(parts):
            rows = PartRows(
                keys=np.array([f"{number:032x}".encode()], KEY_DTYPE),
                values=np.full((1, len(table.columns)), float(number)),
                undefined={},
                refused={},
                seconds=np.zeros(1, np.float32),
                host="here",
                attempts=np.ones(1, np.int16),
            )
            write_part(table, rows)
        began = time.perf_counter()
        commit_parts(table)
        entering = time.perf_counter() - began
        began = time.perf_counter()
        entered = len(committed_parts(table))
        reading = time.perf_counter() - began
        assert entered == parts, f"{entered} of {parts} parts are in the log"
        size = sum(file.stat().st_size for file in Path(folder).rglob("_delta_log/*.json"))
    yield result(f"{parts} parts entered in one commit: time", 1e3 * entering / parts, "ms/part")
    yield result("log read again: time", 1e3 * reading / parts, "ms/part")
    yield result("log: disk", size / parts, "B/part")
    load_said()
